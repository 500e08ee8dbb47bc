"""A passkey device of the browser's own: chromium's virtual authenticator, which verifies its user at once."""

from __future__ import annotations

from playwright.sync_api import Page

OPTIONS = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def attach(page: Page) -> None:
    """Give this page a device without keys. It keeps those that are made as long as the page is open."""
    page.bring_to_front()
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": OPTIONS})
