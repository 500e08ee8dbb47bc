"""Where values come from and where they go: constants, keys and tokens, through functions and files."""
