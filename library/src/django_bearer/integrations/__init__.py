"""Translations of the guard for the frameworks people write views in. No rule lives here."""
