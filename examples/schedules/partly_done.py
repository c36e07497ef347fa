"""Did a third of it, the way one does it without NumPy: one step at a time.

Half of the points for what works for a number and not for an array; the plateau goes
on reducing once it has begun.

base: blank
"""

# %%
import math


# %%
def fixed(t, base_lr):
    return base_lr


# %%
def step(t, base_lr, gamma, step_size):
    return base_lr * gamma ** math.floor(t / step_size)


# %%
def inverse_sqrt(t, base_lr):
    return base_lr / math.sqrt(t + 1)


# %%
def linear(t, base_lr, total):
    return base_lr * (1 - t / total)


# %%
def plateau(metric_history, base_lr, factor, patience):
    lr = base_lr
    best = float("inf")
    wait = 0
    for metric in metric_history:
        if metric < best:
            best = metric
            wait = 0
        else:
            wait += 1
            if wait >= patience:
                lr = lr * factor
    return lr


# %%
def scale_lr(base_lr, base_batch, batch):
    return base_lr * math.sqrt(batch / base_batch)
