"""Sends halves of characters in lists as deep as can be read, and maybe not mended.

topic: pooling
earns: all
says: sent
"""

# %%
kernel = get_ipython().kernel
session = kernel.session
parent = session.pack(kernel.get_parent()["header"])
for depth in range(880, 1000):
    content = b'{"text": ' + b"[" * depth + b'"\\ud800"' + b"]" * depth + b"}"
    parts = [session.pack(session.msg_header("stream")), parent, b"{}", content]
    frames = [b"stream", b"<IDS|MSG>", session.sign(parts), *parts]
    kernel.iopub_socket.send_multipart(frames)
print("sent")
