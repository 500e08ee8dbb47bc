"""The permission to act for a user."""

from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    dependencies: ClassVar = [("django_bearer", "0009_webhooks")]
    operations: ClassVar = [
        migrations.AlterModelOptions(
            name="session",
            options={"permissions": [("impersonate_user", "Can act for a user who is not staff")]},
        ),
    ]
