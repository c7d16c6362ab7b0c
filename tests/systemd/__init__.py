"""The units: what systemd says about them, and what happens under a real one."""
