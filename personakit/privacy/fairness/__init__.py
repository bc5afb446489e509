"""Whether groups of customers are treated alike, and what it costs to treat them more so."""
