"""Authentication for the frameworks that views are written in: translation only, no rule."""
