"""Keys: the closed table of algorithms, key objects that know their one use, and the ring that contains them."""
