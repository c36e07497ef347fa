"""A JupyterLab of a learner's own, and what a learner does with a notebook in it."""

from __future__ import annotations

import json
import os
import re
import secrets
import subprocess
import sys
import time
from pathlib import Path

from playwright.sync_api import Locator, Page

PATIENCE = 120_000  # milliseconds: a loaded machine is slow, not wrong
BIN = Path(sys.executable).parent
# Nothing that pops up unasked, and every cell on the page: a test sees what is there.
SETTINGS = {
    "apputils-extension/notification": {"fetchNews": "false"},
    "notebook-extension/tracker": {"windowingMode": "none"},
}


class Lab:
    """A JupyterLab on this machine alone, with ``folder`` as all it knows."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.config = folder / "config"
        self.runtime = folder / "runtime"
        self.token = secrets.token_hex()
        self.url = ""
        for place in (self.home, self.config, self.runtime):
            place.mkdir(parents=True)
        for name, value in SETTINGS.items():
            self.set(name, value)
        self.variables = {
            "PATH": os.pathsep.join([str(BIN), "/usr/bin", "/bin"]),
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "OMP_NUM_THREADS": "1",
            "IPYTHONDIR": str(folder / "ipython"),
            "JUPYTER_CONFIG_DIR": str(self.config),
            "JUPYTER_DATA_DIR": str(folder / "data"),
            "JUPYTER_RUNTIME_DIR": str(self.runtime),
            "MPLCONFIGDIR": str(folder / "matplotlib"),
        }
        self.log = folder / "log"

    def set(self, name: str, value: object) -> None:
        """Set what the settings of JupyterLab's plugin ``name`` say."""
        path = self.config / "lab" / "user-settings" / "@jupyterlab" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_suffix(".jupyterlab-settings").write_text(json.dumps(value))

    def __enter__(self) -> Lab:
        command = [
            str(BIN / "jupyter-lab"),
            *("--no-browser", "--ip=127.0.0.1", "--port=0"),
            f"--IdentityProvider.token={self.token}",
            f"--ServerApp.root_dir={self.home}",
            "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
            "--LabApp.extension_manager=readonly",
            *(["--allow-root"] if os.geteuid() == 0 else []),
        ]
        with self.log.open("wb") as log:
            self.server = subprocess.Popen(
                command, cwd=self.home, env=self.variables, stdout=log, stderr=log
            )
        # The port is the server's choice; it writes down which.
        said = self.runtime / f"jpserver-{self.server.pid}.json"
        deadline = time.monotonic() + PATIENCE / 1000
        while not self.url:
            ended = self.server.poll() is not None
            assert not ended, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            try:
                self.url = json.loads(said.read_text())["url"]
            except (FileNotFoundError, json.JSONDecodeError):
                time.sleep(0.1)
        return self

    def __exit__(self, *_: object) -> None:
        self.server.terminate()  # it ends its kernels itself
        try:
            self.server.wait(30)
        finally:
            self.server.kill()
            self.server.wait()

    def address(self, path: str = "") -> str:
        """Where a browser finds JupyterLab, with nothing open but the file ``path``."""
        # A workspace of its own each time: JupyterLab opens again what was open.
        workspace = f"lab/workspaces/{secrets.token_hex(4)}"
        there = f"/tree/{path}" if path else ""
        return f"{self.url}{workspace}{there}?token={self.token}"


class Notebook:
    """The notebook that is open in ``page``."""

    def __init__(self, page: Page) -> None:
        self.page = page
        page.locator(".jp-NotebookPanel .jp-Cell").first.wait_for()
        # A cell that is run before its kernel is there is forgotten.
        kernel = page.locator("#jp-main-statusbar", has_text="| Idle")
        kernel.wait_for()

    def cell(self, text: str) -> Locator:
        """The first code cell that holds ``text``."""
        return self.page.locator(".jp-CodeCell", has_text=text).first

    def write(self, cell: Locator, source: str) -> None:
        """Replace what stands in ``cell``."""
        cell.locator(".jp-InputArea .cm-content").click()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(source)

    def run(self, cell: Locator) -> Locator:
        """Run ``cell``, wait until it is done and return its output."""
        prompt = cell.locator(".jp-InputPrompt")
        before = prompt.inner_text()
        cell.locator(".jp-InputArea .cm-content").click()
        self.page.keyboard.press("Control+Enter")
        handle = prompt.element_handle()
        self.page.wait_for_function(
            r"([p, before]) => /\[\d+\]/.test(p.innerText) && p.innerText != before",
            arg=[handle, before],
        )
        return cell.locator(".jp-OutputArea")

    def validate(self) -> str:
        """Press *Validate*, and return what the dialog says."""
        self.page.locator(".jp-NotebookPanel-toolbar .validate-button").click()
        dialog = self.page.locator(".jp-Dialog", has_text=re.compile("Validation"))
        dialog.get_by_role("button", name="Ok").wait_for()
        said = dialog.inner_text()
        dialog.get_by_role("button", name="Ok").click()
        dialog.wait_for(state="detached")
        return said
