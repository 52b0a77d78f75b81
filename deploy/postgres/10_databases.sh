#!/bin/sh
# Roles and databases, made where they are not there; passwords become those of the environment each time it runs.
# Postgres's image runs it once, on an empty volume. By hand, after a change of a password:
#   docker compose exec postgres sh /docker-entrypoint-initdb.d/10_databases.sh
set -eu

psql -X -q -v ON_ERROR_STOP=1 -U "${POSTGRES_USER:-postgres}" -d postgres <<'SQL'
\set QUIET on
SET log_statement = 'none';
SET log_min_error_statement = 'panic';

\getenv airflow AIRFLOW_DATABASE_PASSWORD
\getenv celery CELERY_DATABASE_PASSWORD
\getenv mlflow MLFLOW_DATABASE_PASSWORD
\getenv owner RECSYS_OWNER_PASSWORD
\getenv worker RECSYS_WORKER_PASSWORD
\getenv pages RECSYS_PAGES_PASSWORD
\getenv serve RECSYS_SERVE_PASSWORD

CREATE TEMPORARY TABLE wanted (role text, options text);
INSERT INTO wanted VALUES
  ('airflow', 'LOGIN'), ('airflow_celery', 'LOGIN'), ('mlflow', 'LOGIN'),
  ('recsys', 'LOGIN CREATEROLE'), ('recsys_worker', 'LOGIN'), ('recsys_pages', 'LOGIN'),
  ('recsys_serve', 'LOGIN NOINHERIT'),
  ('recsys_publisher', 'NOLOGIN'), ('recsys_reader', 'NOLOGIN'), ('recsys_explainer', 'NOLOGIN'),
  ('recsys_operator', 'NOLOGIN'), ('recsys_feedback', 'NOLOGIN'), ('recsys_catalogue', 'NOLOGIN');
SELECT format('CREATE ROLE %I %s', role, options) FROM wanted
  WHERE role NOT IN (SELECT rolname FROM pg_roles) \gexec

ALTER ROLE airflow PASSWORD :'airflow';
ALTER ROLE airflow_celery PASSWORD :'celery';
ALTER ROLE mlflow PASSWORD :'mlflow';
ALTER ROLE recsys PASSWORD :'owner';
ALTER ROLE recsys_worker PASSWORD :'worker';
ALTER ROLE recsys_pages PASSWORD :'pages';
ALTER ROLE recsys_serve PASSWORD :'serve';

SELECT format('CREATE DATABASE %I OWNER %I', name, name) FROM unnest(ARRAY['airflow', 'mlflow', 'recsys']) AS name
  WHERE name NOT IN (SELECT datname FROM pg_database) \gexec
SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', name)
  FROM unnest(ARRAY['airflow', 'mlflow', 'recsys']) AS name \gexec

-- The owner hands out rights to the groups of the serving store; a login of its own is a member of what it needs.
GRANT recsys_publisher, recsys_reader, recsys_explainer, recsys_operator, recsys_feedback, recsys_catalogue
  TO recsys WITH ADMIN OPTION;
GRANT recsys_publisher TO recsys_worker;
GRANT recsys_explainer, recsys_operator TO recsys_pages;
GRANT recsys_reader, recsys_explainer, recsys_feedback, recsys_catalogue TO recsys_serve;
GRANT CONNECT ON DATABASE recsys TO recsys_worker, recsys_pages, recsys_serve, recsys_reader, recsys_feedback,
  recsys_catalogue;

-- Celery's notes lie in a schema of their own: a worker sees nothing else of Airflow's database.
GRANT CONNECT ON DATABASE airflow TO airflow_celery;
ALTER ROLE airflow_celery IN DATABASE airflow SET search_path = celery;
\connect airflow
CREATE SCHEMA IF NOT EXISTS celery AUTHORIZATION airflow_celery;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT ALL ON SCHEMA public TO airflow;

\connect recsys
SELECT 'CREATE EXTENSION IF NOT EXISTS vector' FROM pg_available_extensions WHERE name = 'vector' \gexec
SQL
