"""Takes the number of filters for the fan-in, and uses Glorot's own formula.

Three mistakes with names: the first number of every shape, Glorot and Bengio's
average, and QR on wide matrices. He's weights inherit the first one.
"""


# %%
def fan_in(shape):
    return shape[0]


# %%
def normal_init(shape, std, rng):
    return rng.normal(0, std, size=shape)


# %%
def xavier_init(shape, rng):
    if len(shape) == 2:
        n_in, n_out = shape
    else:
        F, C, HH, WW = shape
        n_in, n_out = C * HH * WW, F * HH * WW
    return rng.normal(0, np.sqrt(2 / (n_in + n_out)), size=shape)


# %%
def he_init(shape, rng):
    return rng.normal(0, np.sqrt(2 / fan_in(shape)), size=shape)


# %%
def orthogonal_init(shape, rng, gain=1.0):
    q, r = np.linalg.qr(rng.normal(size=(shape[0], int(np.prod(shape[1:])))))
    return gain * q
