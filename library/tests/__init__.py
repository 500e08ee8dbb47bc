"""Tests of the library. A file tests the module of its name; conformance and concurrency have their own folders."""
