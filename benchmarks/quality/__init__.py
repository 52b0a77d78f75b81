"""Other people's recommenders, tuned alike and measured beside recsys, in one run."""
