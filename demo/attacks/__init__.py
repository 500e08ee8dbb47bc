"""The attack demo: steps that call the running server over HTTPS and check each answer."""
