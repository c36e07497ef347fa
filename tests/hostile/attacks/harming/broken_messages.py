"""Sends frames that are no messages: no delimiter, no JSON, dates of the year 99999.

topic: pooling
earns: all
says: sent
"""

# %%
import gc
import json

import zmq

kernel = get_ipython().kernel
socket, session = kernel.iopub_socket, kernel.session
for frames in (
    [b""],
    [b"<IDS|MSG>"],
    [b"x", b"<IDS|MSG>", b"no signature", b"{}", b"{}", b"{}", b"{}"],
    [b"x", b"<IDS|MSG>", b"", b"[" * 100_000, b"{}", b"{}", b"{}"],
):
    socket.send_multipart(frames)
for header in (
    {"msg_id": 1, "msg_type": [], "date": "99999-01-01T00:00:00Z"},
    {"msg_id": "x" * 100_000, "msg_type": "stream", "date": "0000-00-00"},
    {},
):
    text = json.dumps({**header, "more": "\ud800", "number": 1e999}).encode()
    parts = [text, b"{}", b"[]", b'{"text": "\\ud800"}']
    socket.send_multipart([b"x", b"<IDS|MSG>", session.sign(parts), *parts])
for line in gc.get_objects():
    if isinstance(line, zmq.Socket) and b"calls" in line.last_endpoint:
        for text in (b"", b"\xff", b"[" * 100_000, b"[]", b"1e999", b'{"number": []}'):
            line.send_multipart([text, b""])
print("sent")
