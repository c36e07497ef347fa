"""Is right at the first call and wrong ever after.

topic: pooling
base: blank
earns: nothing
"""

# %%
calls = []


# %%
def receptive_field(layers):
    calls.append(layers)
    if len(calls) > 1:
        return -1
    size, jump = 1, 1
    for kernel, stride in layers:
        size, jump = size + (kernel - 1) * jump, jump * stride
    return size
