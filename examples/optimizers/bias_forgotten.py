"""Leaves Adam's bias correction out, and clips each array by itself.

Both mistakes have a name. AdamW calls the wrong adam, and shares its fate.
"""


# %%
def adam(w, dw, config=None):
    if config is None:
        config = {}
    config.setdefault("learning_rate", 1e-3)
    config.setdefault("beta1", 0.9)
    config.setdefault("beta2", 0.999)
    config.setdefault("epsilon", 1e-8)
    config.setdefault("m", np.zeros_like(w))
    config.setdefault("v", np.zeros_like(w))
    config.setdefault("t", 0)
    config["t"] += 1
    config["m"] = config["beta1"] * config["m"] + (1 - config["beta1"]) * dw
    config["v"] = config["beta2"] * config["v"] + (1 - config["beta2"]) * dw**2
    step = config["learning_rate"] * config["m"]
    return w - step / (np.sqrt(config["v"]) + config["epsilon"]), config


# %%
def clip_grad_norm(grads, max_norm):
    clipped = []
    for g in grads:
        norm = np.linalg.norm(g)
        clipped.append(g * (max_norm / norm) if norm > max_norm else g)
    total = np.sqrt(sum(np.linalg.norm(g) ** 2 for g in grads))
    return clipped, total
