"""Recommendations as a library: fit once, then ask; what a notebook works with."""
