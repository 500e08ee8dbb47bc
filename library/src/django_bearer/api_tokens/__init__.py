"""API tokens: issued, authenticated, used and revoked."""
