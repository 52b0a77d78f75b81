"""Where the input comes from: each source reads its tables as they are; `recsys.events` judges them."""
