"""Ran out of time after max pooling forward.

The points of what is written, and a plain word on what is not.

base: blank
"""


# %%
def conv_forward_naive(x, w, b, conv_param):
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    x_pad = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros(
        (N, F, 1 + (H + 2 * pad - HH) // stride, 1 + (W + 2 * pad - WW) // stride)
    )
    for n in range(N):
        for f in range(F):
            for i in range(out.shape[2]):
                for j in range(out.shape[3]):
                    hs, ws = i * stride, j * stride
                    out[n, f, i, j] = (
                        np.sum(x_pad[n, :, hs : hs + HH, ws : ws + WW] * w[f]) + b[f]
                    )
    cache = (x, w, b, conv_param)
    return out, cache


# %%
def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    x_pad = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dx_pad = np.zeros_like(x_pad)
    dw = np.zeros_like(w)
    db = dout.sum(axis=(0, 2, 3))
    for n in range(N):
        for f in range(F):
            for i in range(dout.shape[2]):
                for j in range(dout.shape[3]):
                    hs, ws = i * stride, j * stride
                    dx_pad[n, :, hs : hs + HH, ws : ws + WW] += dout[n, f, i, j] * w[f]
                    dw[f] += dout[n, f, i, j] * x_pad[n, :, hs : hs + HH, ws : ws + WW]
    return dx_pad[:, :, pad : pad + H, pad : pad + W], dw, db


# %%
def max_pool_forward_naive(x, pool_param):
    ph, pw, stride = (
        pool_param["pool_height"],
        pool_param["pool_width"],
        pool_param["stride"],
    )
    N, C, H, W = x.shape
    if (H - ph) % stride != 0 or (W - pw) % stride != 0:
        raise ValueError("pooling windows do not fit")
    out = np.zeros(
        (N, C, 1 + (H - ph) // stride, 1 + (W - pw) // stride), dtype=x.dtype
    )
    for i in range(out.shape[2]):
        for j in range(out.shape[3]):
            out[:, :, i, j] = x[
                :, :, i * stride : i * stride + ph, j * stride : j * stride + pw
            ].max(axis=(2, 3))
    return out, (x, pool_param)
