"""Copies a check that passes ten times, each copy under a name of its own.

topic: pooling
base: blank
earns: receptive_field
malformed: checks_copied
"""


# %%
def receptive_field(layers):
    size, jump = 1, 1
    for kernel, stride in layers:
        size, jump = size + (kernel - 1) * jump, jump * stride
    return size
