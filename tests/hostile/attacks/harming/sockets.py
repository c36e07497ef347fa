"""Listens on ports and on sockets without a file.

topic: pooling
earns: all
says: listening
"""

# %%
import socket

kept = []
for family, address in (
    (socket.AF_UNIX, "\0left-by-hostile"),
    (socket.AF_INET, ("127.0.0.1", 8888)),
    (socket.AF_INET, ("127.0.0.1", 5432)),
):
    try:
        kept.append(socket.socket(family))
        kept[-1].bind(address)
        kept[-1].listen()
    except OSError as error:
        print(type(error).__name__)
print("listening")
