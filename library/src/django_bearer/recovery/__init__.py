"""Recovery: a mailed link for an owner who has forgotten the password (OWASP ASVS 6.4)."""
