"""Power cuts: kill -9 at any moment, then again from where it was."""
