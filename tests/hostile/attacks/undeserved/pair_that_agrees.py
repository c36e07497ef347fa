"""Makes forward and backward agree: both are zero, so the gradient is exact.

A backward function that is true to a wrong forward one deserves its points; one that
is true to a function that ignores its input has shown nothing.

topic: pooling
base: blank
earns: nothing
"""


# %%
def conv_forward_naive(x, w, b, conv_param):
    stride, pad = conv_param["stride"], conv_param["pad"]
    height = 1 + (x.shape[2] + 2 * pad - w.shape[2]) // stride
    width = 1 + (x.shape[3] + 2 * pad - w.shape[3]) // stride
    return np.zeros((len(x), len(w), height, width)), (x, w, b)


# %%
def conv_backward_naive(dout, cache):
    return tuple(np.zeros_like(each) for each in cache)


# %%
def max_pool_forward_naive(x, pool_param):
    stride = pool_param["stride"]
    height = 1 + (x.shape[2] - pool_param["pool_height"]) // stride
    width = 1 + (x.shape[3] - pool_param["pool_width"]) // stride
    return np.zeros((*x.shape[:2], height, width)), x


# %%
def max_pool_backward_naive(dout, cache):
    return np.zeros_like(cache)
