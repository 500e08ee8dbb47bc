"""Attacks as an attacker would run them, and the defence that each must meet."""
