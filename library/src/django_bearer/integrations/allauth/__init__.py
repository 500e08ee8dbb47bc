"""django-allauth: its headless logins (password, code, TOTP, recovery code, passkey) end in sessions of ours."""
