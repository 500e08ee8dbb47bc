"""The demo's one app: notes, which everybody reads and writes for themselves."""
