from __future__ import annotations

from typing import ClassVar

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import django_bearer.models.fields


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("django_bearer", "0002_remove_session_unused"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations: ClassVar = [
        migrations.AlterField(
            model_name="revokedtoken",
            name="kind",
            field=models.CharField(
                choices=[
                    ("token", "one access token, by jti"),
                    ("session", "every access token of a session, by sid"),
                    ("key", "everything a key signed, by kid"),
                    ("code", "a code of a second factor that was used, by a name of it"),
                ],
                max_length=10,
            ),
        ),
        migrations.CreateModel(
            name="LimitedLogin",
            fields=[
                (
                    "digest",
                    django_bearer.models.fields.DigestField(max_length=32, primary_key=True, serialize=False),
                ),
                ("issuer", models.CharField(max_length=255)),
                ("client_id", models.CharField(max_length=100)),
                ("delivery", models.PositiveSmallIntegerField()),
                ("purpose", models.CharField(max_length=20)),
                ("step", models.CharField(max_length=20)),
                ("asked", models.JSONField(default=dict)),
                ("created_at", django_bearer.models.fields.TimestampField()),
                ("expires_at", django_bearer.models.fields.TimestampField()),
                ("password_fingerprint", django_bearer.models.fields.DigestField(max_length=32)),
                ("user_epoch", models.PositiveIntegerField(default=0)),
                ("issuer_epoch", models.PositiveIntegerField(default=0)),
                (
                    "user",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="bearer_limited_logins",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={"indexes": [models.Index(fields=["expires_at"], name="bearer_limited_expires_at")]},
        ),
    ]
