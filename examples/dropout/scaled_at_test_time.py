"""Wrote vanilla dropout where inverted dropout was asked for."""


# %%
def dropout_forward(x, dropout_param):
    p, mode = dropout_param["p"], dropout_param["mode"]
    if not 0 < p <= 1:
        raise ValueError("p must lie in (0, 1]")
    rng = np.random.default_rng(dropout_param.get("seed"))
    if mode == "train":
        mask = rng.random(x.shape) < p
        return (x * mask).astype(x.dtype), mask
    return (x * p).astype(x.dtype), p


# %%
def dropout_backward(dout, cache):
    return (dout * cache).astype(dout.dtype)
