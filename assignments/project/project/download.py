"""A download that goes on where it was cut off, and takes its name when it is whole."""

from __future__ import annotations

import hashlib
import http.client
import re
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from tqdm import tqdm

from .dataset import DataError
from .files import lock_beside, sync_folder

ATTEMPTS = 5  # connections, each of which goes on where the last one ended
TIMEOUT = 30  # seconds without a byte
CHUNK = 1 << 16  # bytes


@dataclass(frozen=True)
class Remote:
    """A file on a server: where it is, how many bytes it has and their SHA-256."""

    url: str
    size: int
    sha256: str

    @property
    def name(self) -> str:
        """Its name in the cache."""
        return self.url.rpartition("/")[2]


def fetch(remote: Remote, folder: Path) -> Path:
    """Return the file in that folder, whole and verified; fetch it if need be.

    What has come so far is kept in `<name>.part`, from which the next attempt goes
    on, in this process or a later one. Two processes do not fetch at the same time.
    Raises DataError, and OSError if the folder does not take the file.
    """
    target = folder / remote.name
    part = folder / f"{remote.name}.part"
    folder.mkdir(parents=True, exist_ok=True)
    with lock_beside(target):
        if _is_it(target, remote):
            return target
        resumed = part.exists()
        _complete(remote, part)
        if resumed and not _is_it(part, remote):
            part.unlink()  # its first half was of another file, or damaged
            _complete(remote, part)
        if not _is_it(part, remote):
            part.unlink()
            raise DataError(
                f"{remote.url} sent a file that is not the one expected (its SHA-256 "
                f"is not {remote.sha256}); it was deleted. Fetch it in another way, "
                "and give its path"
            )
        part.replace(target)
        sync_folder(folder)
    return target


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _is_it(path: Path, remote: Remote) -> bool:
    return (
        path.is_file()
        and path.stat().st_size == remote.size
        and sha256(path) == remote.sha256
    )


def _complete(remote: Remote, part: Path) -> None:
    """Fetch what is missing of the part, in a few attempts."""
    trouble = "the connection ended early"
    with (
        part.open("ab") as file,
        tqdm(
            total=remote.size,
            initial=file.tell(),
            unit="B",
            unit_scale=True,
            desc=remote.name,
            disable=None,  # where nobody sees it
        ) as bar,
    ):
        for _ in range(ATTEMPTS):
            if file.tell() > remote.size:
                _restart(file, bar)
            try:
                if file.tell() < remote.size:
                    _receive(remote, file, bar)
            except urllib.error.HTTPError as error:
                if error.code == http.client.REQUESTED_RANGE_NOT_SATISFIABLE:
                    _restart(file, bar)  # the server's file is shorter than the part
                    continue
                trouble = f"the server says {error.code} {error.reason}"
                if error.code < 500:
                    break  # asking again will not help
            except (OSError, http.client.HTTPException) as error:
                trouble = str(getattr(error, "reason", "") or error)
            if file.tell() == remote.size:
                return
    raise DataError(
        f"{remote.url} was not fetched: {trouble}. Try again: what has come is kept, "
        f"in {part}; or fetch the file in another way, and give its path"
    )


def _receive(remote: Remote, file: BinaryIO, bar: tqdm) -> None:
    """Append to the file what one connection brings, at most to one byte too many."""
    start = file.tell()
    headers = {"User-Agent": "tuned", "Accept-Encoding": "identity"}
    if start:
        headers["Range"] = f"bytes={start}-"
    request = urllib.request.Request(remote.url, headers=headers)  # noqa: S310 - ours
    with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310
        begin, size = _announced(answer)
        if size not in (None, remote.size):
            raise DataError(
                f"{remote.url} is not the file expected: it has {size} bytes, not "
                f"{remote.size}. Fetch the file in another way, and give its path"
            )
        if begin != start:
            _restart(file, bar)  # a server without ranges sends all of it
        while file.tell() <= remote.size:
            room = remote.size + 1 - file.tell()
            chunk = answer.read1(min(CHUNK, room))
            if not chunk:
                break
            file.write(chunk)
            bar.update(len(chunk))


def _announced(answer: http.client.HTTPResponse) -> tuple[int, int | None]:
    """Return at which byte the answer begins, and how many the whole file has."""
    if answer.status == http.client.PARTIAL_CONTENT:
        given = answer.headers.get("Content-Range", "")
        if sent := re.fullmatch(r"bytes (\d+)-\d+/(\d+)", given):
            return int(sent[1]), int(sent[2])
    length = answer.headers.get("Content-Length", "")
    return 0, int(length) if length.isdecimal() else None


def _restart(file: BinaryIO, bar: tqdm) -> None:
    file.truncate(0)
    file.seek(0)
    bar.reset()
