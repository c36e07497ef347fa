"""Answers one question with two hundred thousand answers to others.

topic: pooling
earns: nothing
ends: time or output or died
"""

# %%
import gc

import zmq

lines = [
    s
    for s in gc.get_objects()
    if isinstance(s, zmq.Socket) and b"calls" in s.last_endpoint
]


def answer(agent, frames):
    for number in range(200_000):
        for line in lines:
            line.send_multipart([b'{"number": -%d}' % number, b"x" * 1000])
    return [b"{}"]


for found in gc.get_objects():
    if type(found).__name__ == "Agent" and hasattr(found, "carry_out"):
        type(found).answer = answer
