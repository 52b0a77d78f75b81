"""What is live holds its day and model itself, so that a reader goes by way of no other table."""

from alembic import op

revision = "0007"
down_revision = "0006"

STATEMENTS = (
    "ALTER TABLE recsys.live ADD COLUMN as_of date, ADD COLUMN model_version text",
    "UPDATE recsys.live SET as_of = publication.as_of, model_version = publication.model_version"
    " FROM recsys.publication WHERE publication.pub_id = live.pub_id",
    "ALTER TABLE recsys.live ALTER COLUMN as_of SET NOT NULL, ALTER COLUMN model_version SET NOT NULL",
)


def upgrade() -> None:
    """Changes the table."""
    for statement in STATEMENTS:
        op.execute(statement)
