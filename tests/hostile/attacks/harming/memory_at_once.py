"""Asks for 4 GiB in one piece: an ordinary error, before anything is filled.

topic: pooling
earns: all
says: MemoryError
"""

# %%
everything = np.ones((4096, 2**17))
