"""Prints without end in an answer, and megabytes in a cell.

The page keeps a readable piece. Vanilla dropout is not judged by its noise: no points.
"""

# %%
for _ in range(4000):
    print("now I am here " * 100)


# %%
def vanilla_dropout_forward(x, dropout_param):
    while True:
        print("now I am here " * 100)
