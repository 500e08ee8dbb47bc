from __future__ import annotations

from typing import ClassVar

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import django_bearer.models.fields


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("django_bearer", "0010_impersonate_user"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations: ClassVar = [
        migrations.CreateModel(
            name="LoginHandover",
            fields=[
                ("digest", django_bearer.models.fields.DigestField(max_length=32, primary_key=True, serialize=False)),
                ("issuer", models.CharField(max_length=255)),
                ("session_id", models.UUIDField()),
                ("client_id", models.CharField(max_length=100)),
                ("claims", models.TextField()),
                ("kid", models.CharField(max_length=64)),
                ("challenge", models.CharField(blank=True, default="", max_length=43)),
                ("state", models.CharField(blank=True, default="", max_length=43)),
                ("delivery", models.PositiveSmallIntegerField(null=True)),
                ("number", models.CharField(blank=True, default="", max_length=6)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("device", models.CharField(blank=True, default="", max_length=100)),
                ("network", models.CharField(blank=True, default="", max_length=100)),
                ("approved_at", django_bearer.models.fields.TimestampField(null=True)),
                ("expires_at", django_bearer.models.fields.TimestampField()),
                (
                    "user",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="bearer_handovers",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={"indexes": [models.Index(fields=["expires_at"], name="bearer_handover_expires_at")]},
        ),
    ]
