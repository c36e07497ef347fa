"""Gives the momentum to the batch, and pulls gamma out of layer normalization.

Images are normalized by the same function, so the momentum shows there as well.
"""


# %%
def batchnorm_forward(x, gamma, beta, bn_param):
    eps = bn_param.get("eps", 1e-5)
    momentum = bn_param.get("momentum", 0.9)
    running_mean = bn_param.get("running_mean", np.zeros(x.shape[1]))
    running_var = bn_param.get("running_var", np.zeros(x.shape[1]))
    if bn_param["mode"] == "train":
        mean, var = x.mean(axis=0), x.var(axis=0)
        bn_param["running_mean"] = (1 - momentum) * running_mean + momentum * mean
        bn_param["running_var"] = (1 - momentum) * running_var + momentum * var
    else:
        mean, var = running_mean, running_var
    std = np.sqrt(var + eps)
    xhat = (x - mean) / std
    return gamma * xhat + beta, (xhat, gamma, std)


# %%
def layernorm_backward(dout, cache):
    xhat, gamma, std = cache
    n = dout.shape[1]
    dbeta, dgamma = dout.sum(axis=0), (dout * xhat).sum(axis=0)
    rows = dout.sum(axis=1, keepdims=True)
    along = (dout * xhat).sum(axis=1, keepdims=True)
    dx = gamma / (n * std) * (n * dout - rows - xhat * along)
    return dx, dgamma, dbeta
