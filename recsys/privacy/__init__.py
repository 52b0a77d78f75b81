"""What people can ask for: to be known by a pseudonym, and to be forgotten."""
