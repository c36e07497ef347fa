"""What a student's cell shows, kept within bounds and free of active content."""

from __future__ import annotations

import re
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_output

# Nothing that a browser executes: a teacher reads this page with a teacher's rights.
HARMLESS = ("text/plain", "image/png", "image/jpeg")
BASE64 = r"[A-Za-z0-9+/=\s]+"
MOST_OUTPUTS = 200


class Outputs:
    """Collects the outputs of one cell up to a number of bytes."""

    def __init__(self, limit: int) -> None:
        self.left = limit
        self.outputs: list[NotebookNode] = []
        self.error = ""

    def take(self, message: dict[str, Any]) -> None:
        """Keep what a message of the kernel shows, if it shows anything."""
        content = message["content"]
        match message["msg_type"]:
            case "stream":
                self._stream(str(content.get("text", "")))
            case "display_data" | "execute_result":
                self._data(content.get("data", {}))
            case "error":
                name = str(content.get("ename", ""))[:80]
                value = str(content.get("evalue", ""))[:500]
                # A cell has no file of its own: its made-up name tells nobody anything.
                value = re.sub(r"\(\d+\.py, line (\d+)\)", r"(line \1)", value)
                self.error = f"{name}: {value}" if value else name
                lines = content.get("traceback")
                trace = [str(line) for line in lines] if isinstance(lines, list) else []
                if len(self.outputs) < MOST_OUTPUTS:
                    self.add(error_output(name, value, "\n".join(trace)[-8000:]))

    def add(self, output: NotebookNode) -> None:
        """Keep an output of the judge's own."""
        self.outputs.append(output)

    def _stream(self, text: str) -> None:
        text = self._fitting(text)
        if not text:
            return
        last = self.outputs[-1] if self.outputs else None
        if last is not None and last.output_type == "stream":
            last.text += text
        else:
            self.add(new_output("stream", name="stdout", text=text))

    def _data(self, data: Any) -> None:
        if not isinstance(data, dict):
            return
        harmless = {
            kind: value
            for kind, value in data.items()
            if kind in HARMLESS
            and isinstance(value, str)
            # An image is written into the page as it is.
            and (kind == "text/plain" or re.fullmatch(BASE64, value))
        }
        size = sum(map(len, harmless.values()))
        if harmless and size <= self.left and len(self.outputs) < MOST_OUTPUTS:
            self.left -= size
            pictured = {"alt": harmless.get("text/plain", "").strip("<>")[:200]}
            shown = pictured if harmless.keys() - {"text/plain"} else {}
            self.add(new_output("display_data", data=harmless, metadata=shown))

    def _fitting(self, text: str) -> str:
        if self.left <= 0:
            return ""
        kept, rest = text[: self.left], text[self.left :]
        self.left -= len(kept)
        if rest:
            self.left = 0
            kept += "\n[The rest of what this cell printed is left out.]\n"
        return kept


def error_output(name: str, value: str, trace: str = "") -> NotebookNode:
    """An error as Jupyter shows it."""
    lines = trace.split("\n") if trace else [f"{name}: {value}"]
    return new_output("error", ename=name, evalue=value, traceback=lines)
