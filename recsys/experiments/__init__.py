"""Experiments between published sets: who is shown which, what they do with it, and what follows from that."""
