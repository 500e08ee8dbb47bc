"""Security events for other systems: each is stored with the event, and sent by `manage.py bearer_webhooks`."""
