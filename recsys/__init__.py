"""Recommendations from behaviour and language, with user interest transfer."""

__version__ = "0.1.0"
