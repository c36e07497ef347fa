"""Returns an array of 500 MB.

topic: pooling
earns: all but receptive_field
"""


# %%
def receptive_field(layers):
    return np.zeros(62_500_000)
