"""What a language model learns, and how fast: frozen and tuned models side by side, from one run."""
