"""What is watched once a day, after the publication: input, drift, quality, and what was served."""
