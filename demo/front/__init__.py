"""The demo's page: a front end without a framework, and an attack demo."""
