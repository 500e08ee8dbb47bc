"""A tour of the running demo: every promise tried over real HTTPS, and what came back."""
