"""For the tests of projects that use this package: one fixture, `bearer`, found by pytest without an import."""
