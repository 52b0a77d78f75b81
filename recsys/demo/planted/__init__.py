"""Made-up worlds in which the truth is known: who likes what, and what new users like next."""
