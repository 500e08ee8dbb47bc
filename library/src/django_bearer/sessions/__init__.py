"""The heart: one verb a file. Decisions are pure; what they read and write lies in `storage`."""
