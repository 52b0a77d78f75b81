"""What applications read: in recsys/publish/sql now."""

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Changes no table."""
