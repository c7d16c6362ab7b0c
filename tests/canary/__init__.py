"""Conversations full of words that must not leave the desk, and what looks for them in every mail that does."""
