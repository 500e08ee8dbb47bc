"""Schema history, from 0001 on."""
