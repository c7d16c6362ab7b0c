"""Mail as values: read, classify, take apart, build. No network, no database."""
