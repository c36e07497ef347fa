"""Waits for somebody to type something.

topic: pooling
earns: all
says: StdinNotImplementedError
"""

# %%
password = input("Password of the gradebook: ")
