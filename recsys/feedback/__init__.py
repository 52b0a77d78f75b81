"""What applications report of the recommendations that they showed: events, fatigue, and what came of it."""
