"""Time, encodings, randomness, redaction and sites: no Django, no input or output."""
