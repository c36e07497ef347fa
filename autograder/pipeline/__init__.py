"""Where the grader meets nbgrader: release, admission, restoration, judging."""

import sys

# jsonschema, which nbformat imports, would have this module build a grammar of
# addresses, more than a third of a worker's start; notebooks' schemas have no address.
# Without it, as here, jsonschema leaves that format out.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
