from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models

import django_bearer.models.fields


class Migration(migrations.Migration):
    dependencies: ClassVar = [("django_bearer", "0008_remembered_devices")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="WebhookDelivery",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("webhook", models.CharField(max_length=40)),
                ("message_id", models.CharField(max_length=64, unique=True)),
                ("user_id", models.CharField(max_length=255)),
                ("body", models.TextField()),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("created_at", django_bearer.models.fields.TimestampField()),
                ("next_at", django_bearer.models.fields.TimestampField()),
            ],
            options={"indexes": [models.Index(fields=["next_at"], name="bearer_webhook_next_at")]},
        ),
    ]
