from django.conf import settings
from django.db import migrations

from django_bearer import InstallRevocationFeed


class Migration(migrations.Migration):
    dependencies = (
        ("django_bearer", "0007_tickets"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    )
    operations = (InstallRevocationFeed(),)
