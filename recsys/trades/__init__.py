"""What settings suit a trade, and a settings file made of them."""
