"""A language model learns from what users do: pairs, trainings, how good they are, and whether they may take over."""
