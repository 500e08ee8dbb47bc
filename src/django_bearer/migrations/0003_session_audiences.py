from django.db import migrations, models


class Migration(migrations.Migration):
    """A session remembers which audiences its access tokens may be for.

    The database has the default, so that the version before this one, running beside it, can go on to begin sessions.
    """

    dependencies = [("django_bearer", "0002_security_record")]

    operations = [
        migrations.AddField(
            model_name="session",
            name="audiences",
            field=models.TextField(blank=True, default="", db_default=""),
        ),
    ]
