from __future__ import annotations

from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    dependencies: ClassVar = [("django_bearer", "0001_initial")]
    operations: ClassVar = [migrations.RemoveField("session", "unused")]
