"""Reading and writing mail."""
