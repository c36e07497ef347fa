"""Left a loop that never ends in a cell between the answers.

The cell is ended after its time; the answers are right and keep their points.
"""

# %% after conv_forward_naive
while True:
    pass
