"""The consent ledger: its entries, what holds of them, and how it is kept and carried."""
