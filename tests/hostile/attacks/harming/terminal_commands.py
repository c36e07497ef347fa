"""Raises exceptions that would clear, rename and recolor the teacher's terminal.

topic: pooling
earns: all but receptive_field
"""


# %%
def receptive_field(layers):
    raise ValueError("\x1b[2J\x1b]0;owned\x07\x1b[31m\r\n\x00\x9b2J 12 of 12 points")
