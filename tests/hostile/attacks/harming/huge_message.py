"""Sends single messages of 200 MB, larger than is read, on every line to the judge.

topic: pooling
earns: all
ends: output or time or died or memory
"""

# %%
import gc
import time

import zmq

kernel = get_ipython().kernel
frames = [b"x" * 50_000_000] * 4
kernel.iopub_socket.send_multipart([b"topic", b"<IDS|MSG>", *frames])
kernel.iopub_socket.send(b"x" * 200_000_000)
for line in gc.get_objects():
    if isinstance(line, zmq.Socket) and b"calls" in line.last_endpoint:
        line.send_multipart(frames)
time.sleep(10)
