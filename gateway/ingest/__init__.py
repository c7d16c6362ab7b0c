"""The doors in: each puts bytes into the spool and acknowledges only what is durable."""
