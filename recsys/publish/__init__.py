"""Recommendations in Postgres: published whole or not at all, rolled back by moving one pointer."""
