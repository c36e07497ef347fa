"""Lets every check examine the one function that is written.

topic: pooling
base: blank
earns: receptive_field
malformed: checks_rewritten
"""


# %%
def receptive_field(layers):
    size, jump = 1, 1
    for kernel, stride in layers:
        size, jump = size + (kernel - 1) * jump, jump * stride
    return size
