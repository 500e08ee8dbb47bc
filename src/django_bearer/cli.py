"""The command `django-bearer`."""


def main() -> None:
    """Run the command line."""
    raise SystemExit("django-bearer: nothing to run yet")
