"""A project with a schema for each tenant, by django-tenants, in its own process: the backend is another."""
