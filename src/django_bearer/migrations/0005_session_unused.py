from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("django_bearer", "0004_api_token")]

    operations = [
        migrations.AddField(
            model_name="session",
            name="unused",
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
