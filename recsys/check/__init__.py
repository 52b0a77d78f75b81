"""What a run would make of some files, on a page, before the run."""
