"""How anonymous a table is, how to make it more so, and what an attacker still finds."""
