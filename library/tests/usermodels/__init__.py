"""One small app for each kind of user model that a project may have."""
