"""Answers about many people under differential privacy, paid for out of a budget."""
