from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("django_bearer_migrate", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="CopiedToken",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("source", models.CharField(max_length=40)),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("expires_at", models.BigIntegerField()),
            ],
        ),
    ]
