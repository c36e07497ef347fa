"""Exchanges the names of the checks, so that easy ones bear the points of hard ones.

topic: pooling
base: blank
earns: receptive_field
malformed: checks_swapped
"""


# %%
def receptive_field(layers):
    size, jump = 1, 1
    for kernel, stride in layers:
        size, jump = size + (kernel - 1) * jump, jump * stride
    return size
