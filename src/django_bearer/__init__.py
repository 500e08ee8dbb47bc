"""Bearer-token authentication for Django that is safe as it comes."""

__version__ = "0.1.0"
