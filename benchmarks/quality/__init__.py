"""Other people's recommenders, tuned equally and measured beside recsys, in one run."""
