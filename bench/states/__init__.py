"""Ways to store the law of every day, compared on synthetic law."""
