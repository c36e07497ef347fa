"""Prints without end where a function is called.

topic: pooling
earns: all but receptive_field
says: remove the print calls
"""


# %%
def receptive_field(layers):
    for number in range(10_000):
        print("x" * 100_000)
    return 1
