"""Behaviour events and the catalogue: validated, deduplicated, weighed."""
