"""Returns for a gradient what it was asked last time, and arguments as answers.

topic: pooling
earns: all but max_pool_backward_naive
"""

# %%
seen = []


# %%
def max_pool_backward_naive(dout, cache):
    seen.append((dout.copy(), cache))
    return seen[0][1][0]
