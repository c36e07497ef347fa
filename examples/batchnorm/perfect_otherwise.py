"""Took the course that these functions come from, and writes them as one does there.

A graph of small steps, channels in a loop, layers as transposed batches: all points.
"""


# %%
def batchnorm_forward(x, gamma, beta, bn_param):
    eps, momentum = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    N, D = x.shape
    running_mean = bn_param.get("running_mean", np.zeros(D, dtype=x.dtype))
    running_var = bn_param.get("running_var", np.zeros(D, dtype=x.dtype))
    if bn_param["mode"] == "train":
        mu = np.sum(x, axis=0) / N
        xmu = x - mu
        var = np.sum(xmu**2, axis=0) / N
        sqrtvar = np.sqrt(var + eps)
        ivar = 1.0 / sqrtvar
        xhat = xmu * ivar
        cache = (xhat, gamma, xmu, ivar, sqrtvar)
        bn_param["running_mean"] = momentum * running_mean + (1 - momentum) * mu
        bn_param["running_var"] = momentum * running_var + (1 - momentum) * var
        return gamma * xhat + beta, cache
    return gamma * (x - running_mean) / np.sqrt(running_var + eps) + beta, None


# %%
def batchnorm_backward(dout, cache):
    xhat, gamma, xmu, ivar, sqrtvar = cache
    N, D = dout.shape
    dxhat = dout * gamma
    dsqrtvar = -1.0 / (sqrtvar**2) * np.sum(dxhat * xmu, axis=0)
    dvar = 0.5 / sqrtvar * dsqrtvar
    dsq = np.ones((N, D), dtype=dout.dtype) * dvar / N
    dx1 = dxhat * ivar + 2 * xmu * dsq
    dmu = -np.sum(dx1, axis=0)
    dx2 = np.ones((N, D), dtype=dout.dtype) * dmu / N
    return dx1 + dx2, np.sum(dout * xhat, axis=0), np.sum(dout, axis=0)


# %%
def batchnorm_backward_alt(dout, cache):
    xhat, gamma, _, ivar, _ = cache
    dxhat = dout * gamma
    centered = dxhat - np.mean(dxhat, axis=0)
    dx = ivar * (centered - xhat * np.mean(dxhat * xhat, axis=0))
    return dx, np.einsum("nd,nd->d", dout, xhat), np.einsum("nd->d", dout)


# %%
def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    N, C, H, W = x.shape
    out, stats, cache = np.zeros_like(x), [], []
    for c in range(C):
        own = dict(bn_param)
        for key in ("running_mean", "running_var"):
            if key in bn_param:
                own[key] = bn_param[key][c : c + 1]
        flat, kept = batchnorm_forward(x[:, c].reshape(-1, 1), gamma[c], beta[c], own)
        out[:, c] = flat.reshape(N, H, W)
        stats.append((own["running_mean"][0], own["running_var"][0]))
        cache.append(kept)
    bn_param["running_mean"], bn_param["running_var"] = np.array(stats).T
    return out, cache


# %%
def spatial_batchnorm_backward(dout, cache):
    N, C, H, W = dout.shape
    dx, params = np.zeros_like(dout), np.zeros((2, C), dtype=dout.dtype)
    for c in range(C):
        flat, *grads = batchnorm_backward(dout[:, c].reshape(-1, 1), cache[c])
        dx[:, c] = flat.reshape(N, H, W)
        params[:, c] = np.ravel(grads)
    return dx, *params


# %%
def layernorm_forward(x, gamma, beta, ln_param):
    bn_param = {"mode": "train", "eps": ln_param.get("eps", 1e-5)}
    ones = np.ones(len(x), dtype=x.dtype)
    out, cache = batchnorm_forward(x.T, ones, 0 * ones, bn_param)
    return gamma * out.T + beta, (gamma, out.T, cache)


# %%
def layernorm_backward(dout, cache):
    gamma, xhat, bn_cache = cache
    dx, _, _ = batchnorm_backward((dout * gamma).T, bn_cache)
    return dx.T, np.sum(dout * xhat, axis=0), np.sum(dout, axis=0)
