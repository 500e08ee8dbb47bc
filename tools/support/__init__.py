"""What the tests of several products and the tools share."""
