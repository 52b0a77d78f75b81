"""A language model learns from what users do: lessons, trainings, how good they are, and whether they may take over."""
