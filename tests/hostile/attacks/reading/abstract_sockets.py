"""Looks for sockets without a file: those of D-Bus, X and a container's engine.

topic: pooling
earns: all
says: 0 sockets answer
"""

# %%
import socket

names = {line.split()[-1] for line in open("/proc/net/unix") if len(line.split()) > 7}
answers = 0
for name in {
    *names,
    "@/tmp/.X11-unix/X0",
    "/run/docker.sock",
    "/run/dbus/system_bus_socket",
}:
    if "tuned-" in name:  # its own
        continue
    try:
        with socket.socket(socket.AF_UNIX) as other:
            other.settimeout(0.2)
            other.connect(name.replace("@", "\0", 1))
            answers += 1
    except OSError:
        pass
print(answers, "sockets answer")
