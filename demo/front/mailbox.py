"""The demo's mails: kept in memory and shown on a page, as the demo has no mail server."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

MOST = 50
received: deque[EmailMessage] = deque(maxlen=MOST)
"""The newest first."""


class Backend(BaseEmailBackend):
    """What `EMAIL_BACKEND` names."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Keep these mails."""
        received.extendleft(email_messages)
        return len(email_messages)
