"""Real servers for tests, each private to the test run, on loopback, below a folder of its own."""
