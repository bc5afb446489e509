"""The commands for the terminal: `personakit demo`, `personakit lab` and `personakit doctor`."""

from personakit.cli.commands import main

__all__ = ["main"]
