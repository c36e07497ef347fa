"""Puts a class, a lambda and a partial where functions should be, each of them wrong.

topic: pooling
base: blank
earns: nothing
"""

# %%
import functools


class receptive_field:
    def __init__(self, layers):
        self.size = 1

    def __call__(self, layers):
        return 1


max_pool_forward_naive = lambda x, pool_param: (x, None)  # noqa: E731
avg_pool_forward_naive = functools.partial(lambda x, pool_param: (x, None))
