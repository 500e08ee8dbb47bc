"""The demo's page: a front end without a framework, and a panel that tries to rob it."""
