"""Which of two sets is later is decided by day and number: in recsys/publish/sql now."""

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Changes no table."""
