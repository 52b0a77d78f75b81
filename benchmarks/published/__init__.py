"""recsys on splits for which others have published figures, strictly as they were published."""
