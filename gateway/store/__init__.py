"""All SQL of the program. One durable store, one `transaction()`."""
