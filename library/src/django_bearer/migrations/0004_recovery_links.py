from __future__ import annotations

from typing import ClassVar

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import django_bearer.models.fields


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("django_bearer", "0003_limited_logins"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations: ClassVar = [
        migrations.CreateModel(
            name="RecoveryLink",
            fields=[
                (
                    "digest",
                    django_bearer.models.fields.DigestField(max_length=32, primary_key=True, serialize=False),
                ),
                ("issuer", models.CharField(max_length=255)),
                ("account", models.CharField(max_length=64)),
                ("email", models.CharField(max_length=320)),
                ("enrolled", models.BooleanField(default=False)),
                ("expires_at", django_bearer.models.fields.TimestampField()),
                (
                    "user",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="bearer_recovery_links",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={"indexes": [models.Index(fields=["expires_at"], name="bearer_recovery_expires_at")]},
        ),
    ]
