"""Find, open, read and restore submissions."""
