"""Tests of ticket-gateway."""
