"""Knows CS231n's starter code: setdefault everywhere, and Adam's rate corrected.

Looks nothing like the course's own answers and is as right. Adam's epsilon joins before
the bias correction, which costs a manner and no more.
"""


# %%
def sgd(w, dw, config=None):
    if config is None:
        config = {}
    config.setdefault("learning_rate", 1e-2)
    return w + (-config["learning_rate"]) * dw, config


# %%
def sgd_momentum(w, dw, config=None):
    if config is None:
        config = {}
    config.setdefault("learning_rate", 1e-2)
    config.setdefault("momentum", 0.9)
    v = config.get("velocity", np.zeros_like(w))
    v = config["momentum"] * v
    v -= config["learning_rate"] * dw
    next_w = w + v
    config["velocity"] = v
    return next_w, config


# %%
def nesterov_momentum(w, dw, config=None):
    # As PyTorch has it: the gradient once, and the momentum of the new velocity.
    if config is None:
        config = {}
    lr = config.setdefault("learning_rate", 1e-2)
    mu = config.setdefault("momentum", 0.9)
    v = mu * config.get("velocity", np.zeros_like(w)) - lr * dw
    config["velocity"] = v
    return w + mu * v - lr * dw, config


# %%
def adagrad(w, dw, config=None):
    if config is None:
        config = {}
    lr = config.setdefault("learning_rate", 1e-2)
    eps = config.setdefault("epsilon", 1e-8)
    config["cache"] = config.get("cache", 0) + np.square(dw)
    return w - lr / (config["cache"] ** 0.5 + eps) * dw, config


# %%
def rmsprop(w, dw, config=None):
    if config is None:
        config = {}
    config.setdefault("learning_rate", 1e-2)
    config.setdefault("decay_rate", 0.99)
    config.setdefault("epsilon", 1e-8)
    config.setdefault("cache", np.zeros_like(w))
    cache = config["cache"]
    cache += (1 - config["decay_rate"]) * (dw * dw - cache)
    scaled = dw / (np.sqrt(cache) + config["epsilon"])
    return w - config["learning_rate"] * scaled, config


# %%
def adadelta(w, dw, config=None):
    if config is None:
        config = {}
    lr = config.setdefault("learning_rate", 1.0)
    rho = config.setdefault("decay_rate", 0.95)
    eps = config.setdefault("epsilon", 1e-6)
    Eg, Ex = config.get("Eg", np.zeros_like(w)), config.get("Ex", np.zeros_like(w))
    rms = lambda mean: np.sqrt(mean + eps)
    Eg = rho * Eg + (1 - rho) * dw**2
    dx = rms(Ex) / rms(Eg) * dw
    config["Eg"], config["Ex"] = Eg, rho * Ex + (1 - rho) * dx**2
    return w - lr * dx, config


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
    b1, b2 = config["beta1"], config["beta2"]
    config["t"] += 1
    config["m"] = b1 * config["m"] + (1 - b1) * dw
    config["v"] = b2 * config["v"] + (1 - b2) * dw * dw
    rate = config["learning_rate"] * (1 - b2 ** config["t"]) ** 0.5
    rate /= 1 - b1 ** config["t"]
    next_w = w - rate * config["m"] / (np.sqrt(config["v"]) + config["epsilon"])
    return next_w, config


# %%
def adamw(w, dw, config=None):
    if config is None:
        config = {}
    lr = config.setdefault("learning_rate", 1e-3)
    decay = lr * config.setdefault("weight_decay", 1e-2) * w
    next_w, config = adam(w, dw, config)
    return next_w - decay, config


# %%
def clip_grad_norm(grads, max_norm):
    flat = np.concatenate([g.ravel() for g in grads])
    norm = float(np.linalg.norm(flat))
    scale = min(1.0, max_norm / (norm + 1e-6))
    return tuple(scale * g for g in grads), norm


# %%
def update_ratio(w, next_w):
    return np.linalg.norm(w - next_w) / np.linalg.norm(w)
