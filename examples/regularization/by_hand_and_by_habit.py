"""Knows the formulas from elsewhere and did not try what came out.

The penalty has lost its one half, each data set is standardized by itself, a batch is
cropped at one place, and the best epoch is looked for in the whole curve.
"""


# %%
def l2_penalty(w, lam):
    return lam * np.sum(w * w), lam * w


# %%
def standardize(train, *others):
    def normal(x):
        std = x.std(axis=0)
        std[std == 0] = 1
        return (x - x.mean(axis=0)) / std

    return tuple(normal(x) for x in (train, *others))


# %%
def random_crop_flip(x, pad, rng):
    N, C, H, W = x.shape
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), mode="constant")
    i = rng.integers(0, 2 * pad + 1)
    j = rng.integers(0, 2 * pad + 1)
    out = padded[:, :, i : i + H, j : j + W].copy()
    flip = rng.random(N) < 0.5
    out[flip] = out[flip][:, :, :, ::-1]
    return out


# %%
def early_stopping(val_losses, patience):
    best, wait = float("inf"), 0
    for epoch, loss in enumerate(val_losses):
        if loss < best:
            best, wait = loss, 0
        else:
            wait += 1
        if wait >= patience:
            return int(np.argmin(val_losses)), epoch
    return int(np.argmin(val_losses)), len(val_losses) - 1
