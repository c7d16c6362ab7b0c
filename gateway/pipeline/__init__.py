"""From an entry to its outcome. Read `process` first."""
