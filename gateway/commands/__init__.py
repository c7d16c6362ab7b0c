"""What an agent's mail asks for: the grammar of commands, each verb as a value, and what goes together. Pure."""
