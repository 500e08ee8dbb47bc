"""Small projects as adopters have them, driven through the whole middleware stack."""
