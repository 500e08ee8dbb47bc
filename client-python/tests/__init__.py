"""The client against the real library, served on loopback."""
