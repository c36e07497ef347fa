"""Displays two hundred thousand pictures and results.

topic: pooling
earns: all
ends: output or time
"""

# %%
from IPython.display import display

for number in range(200_000):
    display({"text/plain": "x" * 1000, "image/png": "iVBORw0KGgo="}, raw=True)
