"""Unpacks the shape as N, D: images cannot be dropped out.

A core part fails, the rest of the function's parts are right.
"""


# %%
def dropout_forward(x, dropout_param):
    p, mode = dropout_param["p"], dropout_param["mode"]
    if not 0 < p <= 1:
        raise ValueError("p must lie in (0, 1]")
    rng = np.random.default_rng(dropout_param.get("seed"))
    N, D = x.shape
    mask = np.ones((N, D))
    if mode == "train":
        mask = (rng.random((N, D)) < p) / p
    return (x * mask).astype(x.dtype), mask


# %%
def dropout_backward(dout, cache):
    return (dout * cache).astype(dout.dtype)
