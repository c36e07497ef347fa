"""Fills 4 GiB of memory when average pooling is called.

Its own points are lost, and those of the gradient, which needs a cache of it.

topic: pooling
earns: all but avg_pool_forward_naive 0, avg_pool_backward_naive 0
ends: memory or time
"""


# %%
def avg_pool_forward_naive(x, pool_param):
    hoard = []
    for number in range(4096):
        try:
            hoard.append(b"x" * 2**20)
        except MemoryError:
            import time

            time.sleep(1)
