"""Contract 2 of what applications read, of which nothing is left."""

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Changes no table."""
