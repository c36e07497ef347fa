"""Computes for a minute in a function.

topic: pooling
earns: all but receptive_field
ends: time
"""


# %%
def receptive_field(layers):
    import time

    until = time.monotonic() + 60
    while time.monotonic() < until:
        pass
    return 1
