"""A sample class: what its students hand in, and what each of them deserves."""
