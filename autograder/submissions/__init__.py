"""What came in: found, opened, read, restored to the release."""
