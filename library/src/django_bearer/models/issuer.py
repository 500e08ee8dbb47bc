"""What changes for a whole issuer: the version of its key ring, and its epoch."""

from __future__ import annotations

from django.db import models


class Issuer(models.Model):
    """One row an issuer. Every authenticated request reads it, so a changed ring is seen on the next one.

    `epoch` is raised to end every token of the issuer at once, as after a restored backup.
    """

    name = models.CharField(max_length=255, primary_key=True)
    ring_version = models.PositiveIntegerField(default=0)
    epoch = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"issuer {self.name}"
