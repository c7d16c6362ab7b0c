"""When the desk works, and by when it wants to have answered. Pure."""
