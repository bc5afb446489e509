"""Profiles kept in a file, one day after the other."""
