"""From a request to an outcome, and from a refusal to an answer."""
