"""How Alembic runs these migrations: on the connection it is given, in the transaction in which that is."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"], version_table="migration", version_table_schema="recsys"
)
context.run_migrations()
