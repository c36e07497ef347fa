"""How fast, light and open the book's pages are: Lighthouse's scores and page weights.

The built book is served on the loopback interface as an ordinary host serves it: text
compressed, files with a lifetime. Lighthouse runs with its own settings, those of a
phone on a slow network; several runs a page, the median counts. It wants at least 95
of 100 for performance, accessibility, best practices and SEO on the landing page and
three chapters; every page must stay below 1.5 MB with all its figures, as such a host
sends it. The table also says how much that is when it has been unpacked.

    python -m benchmarks.book_audit [--runs N] [PAGE ...]
"""

from __future__ import annotations

import argparse
import functools
import gzip
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import Browser, Response, sync_playwright
from tabulate import tabulate

ROOT = Path(__file__).parents[1]
HTML = ROOT / "_build" / "html"
LIGHTHOUSE = ROOT / "benchmarks" / "lighthouse" / "node_modules" / ".bin" / "lighthouse"
PAGES = ("index", "optimizers", "dropout", "tuning")
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
LOWEST, HEAVIEST = 95, 1_500_000  # score, bytes
TEXT = re.compile(r"^text/|javascript|json|xml")  # types that hosts compress
FLAGS = "--headless --no-sandbox --disable-gpu --disable-background-networking"


class Host(SimpleHTTPRequestHandler):
    """Serves files as an ordinary host does: text compressed, with a lifetime."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer with a file, compressed if it is text."""
        path = Path(self.translate_path(self.path))
        if not path.is_file():
            self.send_error(404)
            return
        body, kind = path.read_bytes(), self.guess_type(path)
        self.send_response(200)
        self.send_header("Content-Type", kind)
        if TEXT.search(kind):
            body = gzip.compress(body)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Cache-Control", "max-age=2592000")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def hosted(folder: Path) -> Iterator[str]:
    """The address under which ``folder`` is served, to this machine only."""
    handler = functools.partial(Host, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def scores(url: str, runs: int) -> dict[str, float]:
    """Lighthouse's scores of a page, of 100: medians over some runs."""
    seen: dict[str, list[float]] = {category: [] for category in CATEGORIES}
    chrome = shutil.which("chromium") or "chromium"
    for _ in range(runs):
        with tempfile.TemporaryDirectory() as folder:
            report = Path(folder) / "report.json"
            settings = ["--quiet", "--output=json", f"--output-path={report}"]
            wanted = f"--only-categories={','.join(seen)}"
            ran = subprocess.run(
                [LIGHTHOUSE, url, *settings, wanted, f"--chrome-flags={FLAGS}"],
                check=False,
                env={**os.environ, "CHROME_PATH": chrome},
                capture_output=True,
                text=True,
                timeout=180,
            )
            if ran.returncode:
                sys.exit(f"Lighthouse failed on {url}:\n{ran.stderr[-2000:]}")
            found = json.loads(report.read_text(encoding="utf-8"))["categories"]
        for category in CATEGORIES:
            seen[category].append(100 * found[category]["score"])
    return {category: statistics.median(values) for category, values in seen.items()}


def sent(response: Response) -> int:
    """The bytes of an answer as an ordinary host sends it, with text compressed."""
    body = response.body()
    kind = response.headers.get("content-type", "")
    return len(gzip.compress(body)) if TEXT.search(kind) else len(body)


def weights(
    browser: Browser, site: str, names: list[str]
) -> dict[str, tuple[int, int, int]]:
    """Bytes sent, bytes unpacked, and requests of each page with all its figures."""
    found = {}
    for name in names:
        context = browser.new_context(viewport={"width": 390, "height": 844})
        page = context.new_page()
        responses: list[Response] = []
        page.on("response", lambda response, seen=responses: seen.append(response))
        page.goto(f"{site}/book/{name}.html", wait_until="load")
        page.evaluate("for (const i of document.images) i.loading = 'eager'")
        page.wait_for_load_state("networkidle")
        found[name] = (
            sum(sent(response) for response in responses),
            sum(len(response.body()) for response in responses),
            len(responses),
        )
        context.close()
    return found


def main(arguments: list[str] | None = None) -> int:
    """Print both tables; 1 if a page falls short."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("pages", nargs="*", default=PAGES, help="audited by Lighthouse")
    parser.add_argument("--runs", type=int, default=3, help="runs a page (3)")
    options = parser.parse_args(arguments)
    if not (HTML / "book" / "index.html").is_file():
        parser.error("the book is not built: make book")
    names = sorted(path.stem for path in (HTML / "book").glob("*.html"))
    if unknown := set(options.pages) - set(names):
        parser.error(f"no such page: {', '.join(sorted(unknown))}")
    with hosted(HTML) as site:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=["--no-sandbox"]
            )
            heavy = weights(browser, site, names)
            browser.close()
        audited = {
            name: scores(f"{site}/book/{name}.html", options.runs)
            for name in options.pages
        }
    rows = [[name, a / 1000, b / 1000, n] for name, (a, b, n) in heavy.items()]
    head = ["page", "kB sent, with figures", "kB unpacked", "requests"]
    print(tabulate(rows, head, floatfmt=".0f"))
    print()
    rows = [[name, *found.values()] for name, found in audited.items()]
    print(tabulate(rows, ["page", *CATEGORIES], floatfmt=".0f"))
    low = [name for name, found in audited.items() if min(found.values()) < LOWEST]
    fat = [name for name, (size, *_) in heavy.items() if size > HEAVIEST]
    for name in low:
        print(f"{name}: below {LOWEST}")
    for name in fat:
        print(f"{name}: heavier than {HEAVIEST / 1e6} MB")
    return 1 if low or fat else 0


if __name__ == "__main__":
    sys.exit(main())
