"""The processes that decide, as the daemon sees them."""
