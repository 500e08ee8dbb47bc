"""Rate limits: what is counted where, and which attempt passes. Address and account come in as arguments."""
