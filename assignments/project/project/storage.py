"""Where a study lives: an SQLite file, or a PostgreSQL server that machines share.

Optuna keeps studies in either. Added here: errors without a traceback or a password,
SQLite transactions that two processes cannot both win, heartbeats that survive a short
loss of the network, and a lock that tells whether anyone else works on a file.
"""

from __future__ import annotations

import os
import re
import sqlite3
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any
from urllib.parse import unquote

import optuna
import sqlalchemy
from optuna.exceptions import ExperimentalWarning, StorageInternalError
from optuna.storages import RDBStorage
from optuna.trial import TrialState
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from .files import fcntl

FORMS = "sqlite:///FILE or postgresql://USER:PASSWORD@HOST:PORT/DATABASE"
HEARTBEAT = 10  # seconds from beat to beat of a running trial
MISSED = 3  # beats missing in a row: its worker is taken for dead


class StorageError(RuntimeError):
    """The storage cannot be used; the message says which, and why."""


class Storage(RDBStorage):
    """Optuna's storage, whose heart does not stop when the network stumbles."""

    def record_heartbeat(self, trial_id: int) -> None:
        """Beat, or leave it out while the server is away: the next one may arrive."""
        try:
            super().record_heartbeat(trial_id)
        except (SQLAlchemyError, StorageInternalError):
            self.remove_session()


@contextmanager
def opened(url: str, heartbeat: int = HEARTBEAT) -> Iterator[Storage]:
    """Open a storage, make its tables if there are none, and close it at the end.

    Args:
        url: ``sqlite:///FILE``, ``postgresql://…`` or ``postgresql+psycopg://…``;
            the server's password may also come from PGPASSWORD or ~/.pgpass.
        heartbeat: whole seconds between the signs of life of a running trial.

    Raises:
        StorageError: the URL makes no sense, or the database failed, then or later.

    """
    address = _parsed(url)
    try:
        if address.get_backend_name() == "sqlite":
            with _file(address, heartbeat) as storage:
                yield storage
        else:
            with _connected(address, heartbeat) as storage:
                yield storage
    except (SQLAlchemyError, StorageInternalError) as error:
        raise StorageError(_why(url, address, error)) from None


@contextmanager
def beating(storage: Storage, trial_ids: Sequence[int]) -> Iterator[None]:
    """Give signs of life for running trials while the body trains them."""
    stop = threading.Event()

    def beat() -> None:
        while not stop.wait(storage.get_heartbeat_interval()):
            for trial_id in trial_ids:
                storage.record_heartbeat(trial_id)
        storage.remove_session()

    for trial_id in trial_ids:
        storage.record_heartbeat(trial_id)
    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@contextmanager
def quiet() -> Iterator[None]:
    """Keep to itself what Optuna says of experiments: it is pinned, and tested here."""
    level = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ExperimentalWarning)
            warnings.filterwarnings("ignore", "Heartbeat of storage is supposed")
            yield
    finally:
        optuna.logging.set_verbosity(level)


def _parsed(url: str) -> URL:
    try:
        # psql's name of the scheme, and SQLAlchemy's for this course's driver.
        scheme, separator, rest = url.partition("://")
        if scheme in {"postgres", "postgresql"}:
            url = f"postgresql+psycopg{separator}{rest}"
        address = make_url(url)
    except (ArgumentError, ValueError):  # ValueError: of a port that is no number
        raise StorageError(f"the storage's URL is not of the form {FORMS}") from None
    if address.drivername not in {"sqlite", "postgresql+psycopg"}:
        raise StorageError(
            f"no storage of the kind {address.drivername}: it must be {FORMS}"
        )
    if not address.database or address.database == ":memory:":
        raise StorageError(f"the storage's URL names no database: it must be {FORMS}")
    return address


@contextmanager
def _connected(address: URL, heartbeat: int) -> Iterator[Storage]:
    sqlite = address.get_backend_name() == "sqlite"
    # A server that has not answered in 10 s will not; a file's turn may come later.
    patience = {"timeout": 60} if sqlite else {"connect_timeout": 10}
    with quiet(), nullcontext() if sqlite else _turn(address, patience):
        storage = Storage(
            # Optuna takes a URL for a template: braces of a password must be doubled.
            re.sub("[{}]", r"\g<0>\g<0>", address.render_as_string(False)),
            engine_kwargs={"pool_pre_ping": True, "connect_args": patience},
            heartbeat_interval=heartbeat,
            grace_period=MISSED * heartbeat,
        )
    try:
        yield storage
    finally:
        storage.remove_session()
        storage.engine.dispose()


@contextmanager
def _turn(address: URL, patience: dict[str, Any]) -> Iterator[None]:
    """Let one process at a time make tables on a server; Optuna would make them twice.

    The server lets go of the lock when the connection ends, however it ends.
    """
    engine = sqlalchemy.create_engine(
        address, poolclass=sqlalchemy.NullPool, connect_args=patience
    )
    with engine.connect() as connection:
        connection.exec_driver_sql("SELECT pg_advisory_lock(7476465)")
        yield


@contextmanager
def _file(address: URL, heartbeat: int) -> Iterator[Storage]:
    """Open a file, under a lock that every process at work on it shares.

    Who gets the lock for itself is alone: trials that the file calls running are left
    over from processes that died. The kernel lets go of a dead process's lock.
    """
    try:
        lock = os.open(f"{address.database}.lock", os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        message = f"the storage {address.database}: {error.strerror}"
        raise StorageError(message) from None
    try:
        alone = _locked(lock)
        with _connected(address, heartbeat) as storage:
            _serialize(storage.engine)
            if alone:
                _end_running(storage)
                fcntl.flock(lock, fcntl.LOCK_SH)
            yield storage
    finally:
        os.close(lock)


def _locked(lock: int) -> bool:
    """Take the lock; say whether nobody else has it."""
    if fcntl is None:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        fcntl.flock(lock, fcntl.LOCK_SH)  # waits while the first one makes the tables
        return False
    return True


def _serialize(engine: sqlalchemy.Engine) -> None:
    """Let each transaction of SQLite take the write lock at once.

    Otherwise two processes may both read that a trial is waiting before either writes
    that it has taken it, and both would run it.
    """
    engine.dispose()  # of connections made without what follows

    @sqlalchemy.event.listens_for(engine, "connect")
    def _connect(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # the driver begins no transaction by itself

    @sqlalchemy.event.listens_for(engine, "begin")
    def _begin(connection: sqlalchemy.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _end_running(storage: Storage) -> None:
    for study in storage.get_all_studies():
        running = (TrialState.RUNNING,)
        for trial in storage.get_all_trials(study._study_id, states=running):
            storage.set_trial_state_values(trial._trial_id, TrialState.FAIL)


def _why(url: str, address: URL, error: Exception) -> str:
    """Say in a line which storage failed and how, without what must stay secret."""
    if address.get_backend_name() == "sqlite":
        place = f"the storage {address.database}"
    else:
        port = f":{address.port}" if address.port else ""
        host = f"{address.host}{port}" if address.host else "this machine"
        place = f"the storage {address.database} of PostgreSQL at {host}"
    cause = error.__cause__ or error
    said = " ".join(str(getattr(cause, "orig", None) or cause).split())[:400]
    # Of an ill-quoted password, a part may have been taken for the host's name.
    private = url.partition("://")[2].rpartition("@")[0].partition(":")[2]
    secrets = {private, unquote(private), *re.split("[@:/]", private)}
    secrets |= {str(value) for key, value in address.query.items() if "pass" in key}
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        place, said = place.replace(secret, "***"), said.replace(secret, "***")
    return f"{place}: {said}"
