"""Who somebody is: the principal, the account behind a name, its password fingerprint and known devices."""
