"""Everything held about people, and what a person may ask of it: access, erasure, an explanation."""
