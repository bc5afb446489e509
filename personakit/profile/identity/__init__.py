"""One person from the records of many systems."""
