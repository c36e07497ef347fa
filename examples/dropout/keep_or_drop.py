"""Takes p for the probability of dropping, as PyTorch does.

The mistake has a name and a place in the book. The backward function is true to the
forward one, so it is charged once.
"""


# %%
def dropout_forward(x, dropout_param):
    p, mode = dropout_param["p"], dropout_param["mode"]
    rng = np.random.default_rng(dropout_param.get("seed"))
    mask = None
    out = x
    if mode == "train":
        mask = (rng.random(x.shape) >= p) / (1 - p)
        out = x * mask
    return out, (dropout_param, mask)


# %%
def dropout_backward(dout, cache):
    dropout_param, mask = cache
    if dropout_param["mode"] == "train":
        return dout * mask
    return dout
