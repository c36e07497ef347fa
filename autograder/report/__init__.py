"""What a class understood: read from the gradebook, shown on a page and in tables."""
