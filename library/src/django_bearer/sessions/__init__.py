"""The core: one action a file. Decisions are pure; what they read and write is in `database`."""
