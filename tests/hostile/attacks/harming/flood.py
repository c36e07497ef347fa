"""Sends a hundred thousand answers and messages that nobody has asked for.

topic: pooling
earns: all but receptive_field
"""


# %%
def receptive_field(layers):
    import gc

    import zmq

    kernel = get_ipython().kernel
    lines = [
        s
        for s in gc.get_objects()
        if isinstance(s, zmq.Socket) and b"calls" in s.last_endpoint
    ]
    for number in range(100_000):
        kernel.session.send(kernel.iopub_socket, "stream", {"text": "x" * 100})
        for line in lines:
            line.send_multipart([b'{"value": {"int": "0x1"}, "number": -1}'])
    return -1
