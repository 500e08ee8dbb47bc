from __future__ import annotations

from typing import ClassVar

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import django_bearer.models.fields
import django_bearer.primitives.randomness


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("django_bearer", "0007_tickets"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations: ClassVar = [
        migrations.CreateModel(
            name="RememberedDevice",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=django_bearer.primitives.randomness.session_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("digest", django_bearer.models.fields.DigestField(max_length=32, unique=True)),
                ("issuer", models.CharField(max_length=255)),
                ("client_id", models.CharField(max_length=100)),
                ("account", models.CharField(max_length=64)),
                ("factors", models.CharField(max_length=64)),
                ("device", models.CharField(blank=True, default="", max_length=100)),
                ("network", models.CharField(blank=True, default="", max_length=100)),
                ("created_at", django_bearer.models.fields.TimestampField()),
                ("last_used_at", django_bearer.models.fields.TimestampField()),
                ("expires_at", django_bearer.models.fields.TimestampField()),
                (
                    "user",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="bearer_remembered_devices",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={"indexes": [models.Index(fields=["expires_at"], name="bearer_remembered_expires_at")]},
        ),
    ]
