"""The final project, graded: its process from the ledger, its result by measurement.

A run directory is untrusted: :mod:`reading` and :mod:`ledger` read it with every size
bounded, :mod:`contradictions` looks for what no run can have written, :mod:`audit`
awards the steps' points, and :mod:`measuring` lets the submitted model label images in
the sandbox. The student's package is never imported here: the ledger's format is all
that both sides share.
"""
