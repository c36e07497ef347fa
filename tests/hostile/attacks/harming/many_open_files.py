"""Opens files until there are no more descriptors, and keeps them.

Its kernel cannot open anything any more; who else could?

topic: pooling
earns: all
says: Too many open files
"""

# %%
kept = [open("/dev/null") for number in range(100_000)]

# %%
kept = None
