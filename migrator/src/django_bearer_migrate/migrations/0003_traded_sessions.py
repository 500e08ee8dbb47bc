from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("django_bearer_migrate", "0002_copied_token")]

    operations = [
        migrations.CreateModel(
            name="TradedSession",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("session_id", models.UUIDField(unique=True)),
                ("source", models.CharField(max_length=40)),
                ("reference", models.CharField(db_index=True, max_length=255)),
                ("client", models.CharField(blank=True, default="", max_length=255)),
                ("confidential", models.BooleanField(default=False)),
            ],
        ),
        migrations.CreateModel(
            name="EndedToken",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("token_digest", models.CharField(max_length=64, unique=True)),
                ("expires_at", models.BigIntegerField()),
            ],
        ),
    ]
