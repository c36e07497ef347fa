"""Short runs of what proves the checks, and tests of the proofs themselves."""
