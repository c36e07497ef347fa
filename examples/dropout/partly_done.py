"""Wrote dropout, forward and backward, and left the rest for another day.

The points of what is written.

base: blank
"""


# %%
def dropout_forward(x, dropout_param):
    p, mode = dropout_param["p"], dropout_param["mode"]
    if not 0 < p <= 1:
        raise ValueError("p is a probability of keeping")
    rng = np.random.default_rng(dropout_param.get("seed"))
    mask = None
    out = x
    if mode == "train":
        mask = ((rng.random(x.shape) < p) / p).astype(x.dtype)
        out = x * mask
    return out, (dropout_param, mask)


# %%
def dropout_backward(dout, cache):
    dropout_param, mask = cache
    if dropout_param["mode"] == "train":
        return dout * mask
    return dout
