"""Ends the process when it is called.

topic: pooling
earns: all but receptive_field
ends: died
"""


# %%
def receptive_field(layers):
    import os

    os._exit(0)
