"""Prints 400 MB.

topic: pooling
earns: all
ends: output or time or memory
"""

# %%
for number in range(400):
    print("x" * 1_000_000)
