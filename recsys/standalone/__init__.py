"""Everything on one machine without Docker: the servers that the product needs, as processes it owns."""
