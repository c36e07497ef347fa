"""Sends messages whose headers are 30 MB of text.

topic: pooling
earns: all
ends: output or memory or time
"""

# %%
kernel = get_ipython().kernel
parent = dict(kernel.get_parent())
parent["header"] = {**parent["header"], "more": "x" * 30_000_000}
for number in range(5):
    kernel.session.send(kernel.iopub_socket, "stream", {"text": ""}, parent=parent)
