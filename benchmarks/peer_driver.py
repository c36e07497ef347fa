"""Trains by a peer's script: one run for each line on standard input, its name.

    python benchmarks/peer_driver.py SCRIPT [ARGUMENT ...]

It imports the script, which must not train by that, makes its network once, as the
script itself would do, and calls the script's `main(run, model)` for each line, then
prints `END`. It needs nothing of this project, so any Python that has what the script
needs may run it.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

END = "-- end of run --"


def main() -> None:
    """Import the script and train whenever told to."""
    script = sys.argv[1]
    sys.argv = sys.argv[1:]  # as the script would see it: it may read its own source
    sys.path[0] = str(Path(script).parent)
    spec = importlib.util.spec_from_file_location("peer", script)
    assert spec is not None
    assert spec.loader is not None
    peer = importlib.util.module_from_spec(spec)
    sys.modules["peer"] = peer  # torch.compile looks for a function's module there
    spec.loader.exec_module(peer)

    import torch

    model = peer.CifarNet().cuda().to(memory_format=torch.channels_last)
    model.compile(mode="max-autotune")
    for line in sys.stdin:
        peer.main(line.strip(), model)
        print(END, flush=True)


if __name__ == "__main__":
    main()
