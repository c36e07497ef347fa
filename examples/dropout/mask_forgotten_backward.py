"""Lets the gradient through dropped units. Everything else is right."""


# %%
def dropout_backward(dout, cache):
    return dout
