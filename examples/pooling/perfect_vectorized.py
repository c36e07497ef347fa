"""Knows NumPy well and writes everything without loops over pixels.

Looks nothing like the course's own answers and is just as right: all points.
"""

# %%
from numpy.lib.stride_tricks import sliding_window_view


def windows(x, height, width, stride):
    view = sliding_window_view(x, (height, width), axis=(2, 3))
    return view[:, :, ::stride, ::stride]  # (N, C, H', W', height, width)


def scatter(parts, shape, stride):
    """Add parts (N, C, H', W', height, width) up where their windows lie."""
    total = np.zeros(shape, dtype=parts.dtype)
    h_out, w_out, height, width = parts.shape[2:]
    for p, q in np.ndindex(height, width):
        down = slice(p, p + stride * h_out, stride)
        right = slice(q, q + stride * w_out, stride)
        total[:, :, down, right] += parts[..., p, q]
    return total


def window_of(x, pool_param):
    height, width = pool_param["pool_height"], pool_param["pool_width"]
    stride = pool_param["stride"]
    if (x.shape[2] - height) % stride or (x.shape[3] - width) % stride:
        raise ValueError("the windows do not tile the image")
    return windows(x, height, width, stride)


# %%
def conv_forward_naive(x, w, b, conv_param):
    pad, stride = conv_param["pad"], conv_param["stride"]
    padded = np.pad(x, [(0, 0), (0, 0), (pad, pad), (pad, pad)])
    seen = windows(padded, *w.shape[2:], stride)
    out = np.einsum("ncijpq,fcpq->nfij", seen, w) + b[:, None, None]
    return out.astype(x.dtype), (padded.shape, seen, w, conv_param)


# %%
def conv_backward_naive(dout, cache):
    shape, seen, w, conv_param = cache
    pad, stride = conv_param["pad"], conv_param["stride"]
    dw = np.einsum("nfij,ncijpq->fcpq", dout, seen)
    dpadded = scatter(np.einsum("nfij,fcpq->ncijpq", dout, w), shape, stride)
    height, width = shape[2] - pad, shape[3] - pad
    return dpadded[:, :, pad:height, pad:width], dw, dout.sum((0, 2, 3))


# %%
def max_pool_forward_naive(x, pool_param):
    seen = window_of(x, pool_param)
    return seen.max(axis=(-2, -1)), (x.shape, seen, pool_param["stride"])


# %%
def max_pool_backward_naive(dout, cache):
    shape, seen, stride = cache
    flat = seen.reshape(*seen.shape[:4], -1)
    winner = np.arange(flat.shape[-1]) == flat.argmax(-1)[..., None]
    return scatter((winner * dout[..., None]).reshape(seen.shape), shape, stride)


# %%
def avg_pool_forward_naive(x, pool_param):
    seen = window_of(x, pool_param)
    return seen.mean(axis=(-2, -1)), (x.shape, seen.shape, pool_param["stride"])


# %%
def avg_pool_backward_naive(dout, cache):
    shape, seen_shape, stride = cache
    share = dout[..., None, None] / (seen_shape[-2] * seen_shape[-1])
    return scatter(np.broadcast_to(share, seen_shape), shape, stride)


# %%
def receptive_field(layers):
    kernels, strides = np.array(layers, dtype=int).reshape(-1, 2).T
    steps = np.cumprod(np.concatenate([[1], strides]))[:-1]
    return int(1 + np.sum((kernels - 1) * steps))
