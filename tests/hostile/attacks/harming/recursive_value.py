"""Returns a list that contains itself, and so has no end.

topic: pooling
earns: all but receptive_field
says: receptive_field: not right yet
"""


# %%
def receptive_field(layers):
    inner = []
    inner.append(inner)
    return inner
