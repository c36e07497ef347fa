"""Definitions to judge by: brute force and identities, never anyone's solution."""
