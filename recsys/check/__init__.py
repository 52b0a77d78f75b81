"""What a run would make of some files, on one page, before it is run."""
