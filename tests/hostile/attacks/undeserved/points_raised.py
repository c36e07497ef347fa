"""Raises the points of each check in the metadata, with a checksum to match.

topic: pooling
base: blank
earns: receptive_field
malformed: points_raised
"""


# %%
def receptive_field(layers):
    size, jump = 1, 1
    for kernel, stride in layers:
        size, jump = size + (kernel - 1) * jump, jump * stride
    return size
