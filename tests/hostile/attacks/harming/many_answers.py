"""Returns a list of a million numbers.

topic: pooling
earns: all but receptive_field
says: receptive_field: not right yet
"""


# %%
def receptive_field(layers):
    return [1.0] * 1_000_000
