"""Ends its own cells with the full points, as a result and as a display.

topic: pooling
base: blank
earns: nothing
"""

# %%
from IPython.display import display

display({"text/plain": "100", "application/json": "100"}, raw=True)
print("Check: 100 of 100 points")
100


# %%
def receptive_field(layers):
    return -1
