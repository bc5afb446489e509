"""Scale: recommenders whose data stay in an engine (DuckDB, Spark), and lists written to disk without holding them."""
