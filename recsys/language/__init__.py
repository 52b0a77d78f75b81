"""What a language model makes of the items: encoded once, cached, sharded."""
