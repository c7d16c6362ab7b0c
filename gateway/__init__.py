"""ticket-gateway: turns mail to a support address into tickets, and the desk's answers into mail."""

__version__ = "0.1.0"
