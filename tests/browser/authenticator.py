"""A passkey device of the browser's own: chromium's virtual authenticator, which verifies its user at once."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import CDPSession, Page

OPTIONS = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@dataclass(frozen=True)
class Device:
    """The device of one page."""

    devtools: CDPSession
    key: str

    def remove(self) -> None:
        """Take it away, with its keys: the browser says at once that it has none."""
        self.devtools.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": self.key})
        empty = self.devtools.send("WebAuthn.addVirtualAuthenticator", {"options": OPTIONS})
        assert empty["authenticatorId"] != self.key


def attach(page: Page) -> Device:
    """Give this page a device without keys. It keeps those that are made as long as the page is open."""
    page.bring_to_front()
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    made = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": OPTIONS})
    return Device(devtools, made["authenticatorId"])
