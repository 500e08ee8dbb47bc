"""What a project adds for feed mode: an app with one migration."""
