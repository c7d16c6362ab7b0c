"""A day at the desk: who is there, the servers that carry their mail, and what happens with each customer."""
