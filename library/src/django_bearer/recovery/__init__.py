"""Recovery: a mailed link for who has forgotten the password, another address, a lost factor (OWASP ASVS 6.4)."""
