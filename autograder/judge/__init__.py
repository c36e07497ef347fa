"""The judge: trusted, outside the student's process. It knows nothing of topics."""
