"""Deciding in processes of its own: Python computes on one core in each, and the doors must not wait for it."""
