"""Encryption of stored secrets with a ring of keys; the newest encrypts, all can decrypt.

To change the key: add a new one in front (`add_key`), restart every process, `rotate`, then remove the old one.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import select, update

from engine.errors import Undecryptable, VaultError, WrongKey
from engine.storage import tables
from engine.storage.database import Database

KNOWN_KEYS = "encryption_keys"
"""The setting with the fingerprints of all keys that stored secrets may need."""
BATCH = 50

HEADER = """\
# Encryption keys of Stepline, newest first. Keep a copy in a safe place, apart from the database:
# without this file the stored passwords and tokens of all connections are lost.
"""


@dataclass(frozen=True, slots=True)
class Rotation:
    """How many secrets are encrypted with the newest key now, and which could not be read before."""

    done: int
    unreadable: tuple[str, ...]


class Vault:
    """`keys` are Fernet keys, newest first. Safe to share between threads."""

    def __init__(self, keys: Sequence[str], notices: Sequence[str] = ()) -> None:
        self._ring = MultiFernet([_fernet(key) for key in keys])
        self._newest = keys[0].encode()
        self._fingerprints = [_fingerprint(key) for key in keys]
        self.notices = tuple(notices)
        """What the operator should read at start."""

    @classmethod
    def open(cls, database: Database, key_file: Path, keys: Sequence[str] = ()) -> Vault:
        """The ring from `keys`, else from `key_file`, which is made for a new database.

        Raises WrongKey when the ring does not belong to the database, VaultError when it cannot be read.
        """
        known = _known_keys(database)
        notices: list[str] = []
        source = "STEPLINE_SECRET_KEYS" if keys else str(key_file)
        if not keys:
            if not key_file.exists():
                notices.append(_make_key_file(key_file, known))
            notices.extend(_permission_notices(key_file))
            keys = _read_key_file(key_file)
        vault = cls(keys, notices)
        vault._claim(database, known, source)
        return vault

    def encrypt(self, value: Any) -> bytes:
        """`value` is anything that JSON can hold."""
        return self._ring.encrypt(orjson.dumps(value))

    def decrypt(self, secret: bytes) -> Any:
        """Raises Undecryptable when no key of the ring fits."""
        try:
            return orjson.loads(self._ring.decrypt(secret))
        except InvalidToken as error:
            raise Undecryptable(
                "A stored secret cannot be read with the encryption keys in use. "
                "Enter it again, or add the key that was used before to the key file."
            ) from error

    def derive(self, purpose: str) -> str:
        """A secret text for another purpose, the same in every process and after every start with this ring."""
        return hmac.new(self._newest, purpose.encode(), hashlib.sha256).hexdigest()

    def rotate(self, database: Database) -> Rotation:
        """Encrypt every stored secret with the newest key, a few at a time while the server goes on."""
        done, unreadable = 0, []
        for table in (tables.Connection, tables.Hook):
            last = ""
            while batch := self._rotate_after(database, table, last):
                last = batch[-1][0]
                done += sum(readable for _, readable in batch)
                unreadable += [f"{table.__tablename__} {row_id}" for row_id, readable in batch if not readable]
        if not unreadable:
            _remember(database, self._fingerprints[:1])
        return Rotation(done, tuple(unreadable))

    def _rotate_after(
        self, database: Database, table: type[tables.Connection | tables.Hook], last: str
    ) -> list[tuple[str, bool]]:
        """Rotate one batch; returns the ids with whether each could be read."""
        chosen = select(table.id, table.secret).where(table.id > last).order_by(table.id).limit(BATCH)
        outcome = []
        with database.write() as session:
            for row_id, secret in session.execute(chosen.with_for_update()).all():
                try:
                    renewed = self._ring.rotate(secret)
                except InvalidToken:
                    outcome.append((row_id, False))
                    continue
                session.execute(update(table).where(table.id == row_id).values(secret=renewed))
                outcome.append((row_id, True))
        return outcome

    def _claim(self, database: Database, known: Sequence[str], source: str) -> None:
        """Check that the ring has every key the database needs, and note that the newest is in use."""
        if set(known) - set(self._fingerprints):
            raise WrongKey(
                f"The encryption keys in {source} do not belong to this database, so the passwords and tokens "
                "of your connections cannot be read. Put back the key file that was in use before, for example "
                "from a backup, or add its keys to this one as further lines."
            )
        if self._fingerprints[0] not in known:
            _remember(database, [self._fingerprints[0], *known])


def add_key(key_file: Path) -> None:
    """Put a new key in front of the others. Running processes use it after their next start."""
    keys = [Fernet.generate_key().decode(), *_read_key_file(key_file)]
    fresh = key_file.with_name(key_file.name + ".new")
    fresh.unlink(missing_ok=True)
    _write_key_file(fresh, keys)
    fresh.replace(key_file)


def _fernet(key: str) -> Fernet:
    try:
        return Fernet(key)
    except ValueError as error:
        raise VaultError("An encryption key is damaged: it must be 44 characters of base64.") from error


def _fingerprint(key: str) -> str:
    return hashlib.sha256(b"stepline key " + key.encode()).hexdigest()[:16]


def _known_keys(database: Database) -> list[str]:
    with database.read() as session:
        known = session.scalar(select(tables.Setting.value).where(tables.Setting.key == KNOWN_KEYS))
    return list(known or ())


def _remember(database: Database, fingerprints: Sequence[str]) -> None:
    insert = database.upsert(tables.Setting).values(key=KNOWN_KEYS, value=list(fingerprints))
    with database.write() as session:
        session.execute(insert.on_conflict_do_update(index_elements=["key"], set_={"value": insert.excluded.value}))


def _make_key_file(path: Path, known: Sequence[str]) -> str:
    """Returns the reminder to back it up."""
    if known:
        raise WrongKey(
            f"The key file {path} is missing, so the passwords and tokens of your connections cannot be read. "
            "Put it back, for example from a backup."
        )
    try:
        _write_key_file(path, [Fernet.generate_key().decode()])
    except FileExistsError:
        return f"The key file {path} was made by another process that started at the same time."
    return f"Made the encryption key {path}. Back it up: without it, the stored credentials are lost."


def _write_key_file(path: Path, keys: Sequence[str]) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(HEADER + "".join(f"{key}\n" for key in keys))
        file.flush()
        os.fsync(file.fileno())


def _read_key_file(path: Path) -> list[str]:
    try:
        lines = [line.strip() for line in path.read_text().splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise VaultError(f"The key file {path} cannot be read.", str(error)) from error
    keys = [line for line in lines if line and not line.startswith("#")]
    if not keys:
        raise VaultError(f"The key file {path} is empty. Put it back, for example from a backup.")
    return keys


def _permission_notices(path: Path) -> list[str]:
    if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
        return [f"Other users of this machine may read the key file. Run: chmod 600 {path}"]
    return []
