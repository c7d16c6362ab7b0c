"""Mail that no person wrote: the whole table, and what it must never lead to."""
