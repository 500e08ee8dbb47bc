from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models

import django_bearer.models.fields


class Migration(migrations.Migration):
    dependencies: ClassVar = [("django_bearer", "0006_required_second_factor")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="Ticket",
            fields=[
                (
                    "digest",
                    django_bearer.models.fields.DigestField(max_length=32, primary_key=True, serialize=False),
                ),
                ("cookie_digest", django_bearer.models.fields.DigestField(max_length=32, null=True, unique=True)),
                ("session_id", models.UUIDField()),
                ("purpose", models.CharField(max_length=40)),
                ("path", models.CharField(max_length=500)),
                ("claims", models.TextField()),
                ("kid", models.CharField(max_length=64)),
                ("expires_at", django_bearer.models.fields.TimestampField()),
                ("redeemed_at", django_bearer.models.fields.TimestampField(null=True)),
            ],
            options={"indexes": [models.Index(fields=["expires_at"], name="bearer_ticket_expires_at")]},
        ),
    ]
