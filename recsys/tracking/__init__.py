"""What is logged to MLflow about a run: one parent a DAG run, one child a try of a stage, pictures for people."""
