"""What MLflow is told about a run: one parent a DAG run, one child a try of a stage, pictures for people."""
