"""`python -m recsys` is the command line."""

from recsys.cli import app

app()
