"""What people look at in Airflow: publications, a user, a run, the health of it all, as pages of HTML."""
