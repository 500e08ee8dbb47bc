"""What passwords people may choose, how they are hashed, and how strong one is (NIST SP 800-63B-4 section 3.1.1)."""
