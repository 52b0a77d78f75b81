"""How Alembic runs these migrations: on the connection it is given, each in a transaction of its own."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    version_table="migration",
    version_table_schema="recsys",
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
