"""Tests of gateway.spam."""
