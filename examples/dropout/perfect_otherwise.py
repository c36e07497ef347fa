"""Draws coins with NumPy's older generator, and sets what is dropped to 0.

Looks nothing like the course's own answers and is just as right: all points.
"""


# %%
def coins(shape, dropout_param):
    p = dropout_param["p"]
    if p <= 0 or p > 1:
        raise ValueError("p must be in (0, 1]")
    state = np.random.RandomState(dropout_param.get("seed"))
    return state.binomial(1, p, size=shape) == 1


# %%
def dropout_forward(x, dropout_param):
    heads = coins(x.shape, dropout_param)
    out, factor = x.copy(), np.ones_like(x)
    if dropout_param["mode"] == "train":
        factor[heads] /= dropout_param["p"]
        factor[~heads] = 0
    out *= factor
    return out, factor


# %%
def dropout_backward(dout, cache):
    return np.multiply(dout, cache, dtype=dout.dtype, casting="same_kind")


# %%
def vanilla_dropout_forward(x, dropout_param):
    heads = coins(x.shape, dropout_param)
    if dropout_param["mode"] == "test":
        return (dropout_param["p"] * x).astype(x.dtype), None
    out = x.copy()
    out[~heads] = 0
    return out, None


# %%
def dropconnect_forward(x, w, b, dropout_param):
    # One mask for each sample of the batch, not one for all of them.
    masks = coins((len(x), *w.shape), dropout_param)
    if dropout_param["mode"] == "test":
        return x @ w + b, None
    out = np.stack([row @ (w * mask) for row, mask in zip(x, masks)])
    return (out / dropout_param["p"] + b).astype(x.dtype), masks
