"""Larkspur, a simulated retailer whose truth is known: one causal model under every notebook."""
