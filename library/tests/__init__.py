"""The tests, file for file beside what they test; conformance, concurrency and the house have rooms of their own."""
