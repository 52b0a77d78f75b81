"""What is done once a day so that nothing grows for ever."""
