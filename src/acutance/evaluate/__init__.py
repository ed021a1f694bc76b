"""Rows of results, what they say with which certainty, and the tables and reports made from them."""
