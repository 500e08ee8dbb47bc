from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("django_bearer", "0004_api_token")]

    operations = [
        migrations.AddField(
            model_name="apitoken", name="made_by_session", field=models.UUIDField(db_index=True, null=True)
        ),
    ]
