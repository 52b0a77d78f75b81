"""What runs in the peers' own environment: only NumPy, SciPy and the peers are there, nothing of `recsys`."""
