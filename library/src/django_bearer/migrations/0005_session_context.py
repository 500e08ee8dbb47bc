from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("django_bearer", "0004_recovery_links")]
    operations: ClassVar = [
        migrations.AddField(
            "session", "context", models.CharField(blank=True, db_default="", default="", max_length=200)
        ),
    ]
