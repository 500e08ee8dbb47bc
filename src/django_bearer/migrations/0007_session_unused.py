from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("django_bearer", "0006_known_device_password")]

    operations = [
        migrations.AddField(
            model_name="session",
            name="unused",
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
