"""Divides by the stride squared in average pooling, forward and backward alike.

The forward function is wrong. The backward function is the exact gradient of that
forward function, so the mistake is charged once.
"""


# %%
def avg_pool_forward_naive(x, pool_param):
    ph, pw = pool_param["pool_height"], pool_param["pool_width"]
    stride = pool_param["stride"]
    N, C, H, W = x.shape
    if (H - ph) % stride or (W - pw) % stride:
        raise ValueError("the windows do not fit")
    out = np.zeros(
        (N, C, 1 + (H - ph) // stride, 1 + (W - pw) // stride), dtype=x.dtype
    )
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            window = x[:, :, i * stride : i * stride + ph, j * stride : j * stride + pw]
            out[:, :, i, j] = window.sum(axis=(2, 3)) / stride**2
    return out, (x, pool_param)


# %%
def avg_pool_backward_naive(dout, cache):
    x, pool_param = cache
    ph, pw = pool_param["pool_height"], pool_param["pool_width"]
    stride = pool_param["stride"]
    dx = np.zeros_like(x)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            share = dout[:, :, i, j][:, :, None, None] / stride**2
            dx[:, :, i * stride : i * stride + ph, j * stride : j * stride + pw] += (
                share
            )
    return dx
