"""Is it wanted? Asks the spam engine; no answer is a state."""
