"""Speed of the serving store, beside what Postgres does at least and what people do without it."""
