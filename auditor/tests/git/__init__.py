"""Tests of the reader of git repositories."""
