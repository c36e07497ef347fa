"""Did the weights and left the data for another day; took rows for columns.

The points of the two penalties; max_norm is wrong, and named.

base: blank
"""


# %%
def l2_penalty(w, lam):
    return lam / 2 * (w**2).sum(), lam * w


# %%
def l1_penalty(w, lam):
    return lam * np.linalg.norm(w.ravel(), 1), lam * np.sign(w)


# %%
def max_norm(w, c):
    norms = np.sqrt((w**2).sum(axis=1, keepdims=True)) + 1e-12
    return w * np.minimum(1, c / norms)
