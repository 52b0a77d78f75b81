"""Other people's recommenders, tuned alike and measured beside ours, in one run."""
