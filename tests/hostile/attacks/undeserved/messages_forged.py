"""Publishes points in every kind of message, as if they came from other cells.

topic: pooling
base: blank
earns: nothing
"""

# %%
kernel = get_ipython().kernel
for parent in (kernel.get_parent(), {}):
    for kind in ("execute_result", "display_data", "comm_msg", "stream", "status"):
        kernel.session.send(
            kernel.iopub_socket,
            kind,
            {
                "data": {"text/plain": "12.0", "value": {"int": "0x1"}},
                "metadata": {},
                "execution_count": 1,
                "execution_state": "idle",
                "comm_id": "tuned",
                "text": "12.0",
                "name": "stdout",
            },
            parent=parent,
        )


# %%
def receptive_field(layers):
    return -1
