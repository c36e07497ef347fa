"""Knows NumPy well and read four of the formulas too fast.

Each of the four mistakes has a name and a place in the book; the other points stand.
"""


# %%
def step(t, base_lr, gamma, step_size):
    return base_lr * gamma ** (t / step_size)


# %%
def multistep(t, base_lr, gamma, milestones):
    passed = sum(np.asarray(t) > m for m in milestones)
    return base_lr * gamma**passed


# %%
def cosine(t, base_lr, total):
    return base_lr * (1 + np.cos(np.pi * t / total))


# %%
def warmup(t, base_lr, warmup_steps, after):
    growth = base_lr * (t + 1) / max(warmup_steps, 1)
    return np.where(t < warmup_steps, growth, after(t))
