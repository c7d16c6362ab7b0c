"""What agents' commands do, on a whole desk."""
