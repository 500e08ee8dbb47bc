"""The tenants, and the host of each."""
