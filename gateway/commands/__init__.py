"""What an agent's mail asks for."""
