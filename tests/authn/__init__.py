"""Tests of gateway.authn."""
