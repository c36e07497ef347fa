"""Returns a promise instead of a value: a generator, which runs when it is read.

topic: pooling
base: blank
earns: nothing
says: a generator
"""


# %%
def receptive_field(layers):
    yield 1
