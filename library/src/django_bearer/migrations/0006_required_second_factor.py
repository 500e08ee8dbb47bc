from __future__ import annotations

from typing import ClassVar

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import django_bearer.models.fields


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("django_bearer", "0005_session_context"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations: ClassVar = [
        migrations.CreateModel(
            name="EnrolmentPeriod",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        primary_key=True,
                        related_name="bearer_enrolment_period",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("started_at", django_bearer.models.fields.TimestampField()),
            ],
        ),
        migrations.CreateModel(
            name="AccountToken",
            fields=[
                (
                    "digest",
                    django_bearer.models.fields.DigestField(max_length=32, primary_key=True, serialize=False),
                ),
                ("issuer", models.CharField(max_length=255)),
                ("purpose", models.CharField(max_length=20)),
                ("account", models.CharField(max_length=64)),
                ("details", models.JSONField(default=dict)),
                ("expires_at", django_bearer.models.fields.TimestampField()),
                (
                    "user",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="bearer_account_tokens",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["expires_at"], name="bearer_acct_token_expires_at"),
                    models.Index(fields=["user", "purpose"], name="bearer_acct_token_user"),
                ]
            },
        ),
    ]
