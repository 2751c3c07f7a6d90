"""The key ring, its file and its bond with the database."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select

from engine.clock import Clock
from engine.errors import Undecryptable, VaultError, WrongKey
from engine.storage import tables
from engine.storage.database import Database
from engine.vault import BATCH, Vault, add_key


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    return tmp_path / "data" / "secret.keys"


def new_key() -> str:
    return Fernet.generate_key().decode()


def store(database: Database, clock: Clock, secret: bytes, name: str = "c1") -> None:
    with database.write() as session:
        session.add(
            tables.Connection(
                id=name,
                name=name,
                connector="x",
                auth="x",
                secret=secret,
                created_at=clock(),
                updated_at=clock(),
            )
        )


def secrets_of(database: Database) -> list[bytes]:
    with database.read() as session:
        return list(session.scalars(select(tables.Connection.secret).order_by(tables.Connection.id)))


def test_secret_comes_back_and_is_not_readable_on_the_way() -> None:
    vault = Vault([new_key()])

    secret = vault.encrypt({"token": "hush", "scopes": ["a"]})

    assert b"hush" not in secret
    assert vault.decrypt(secret) == {"token": "hush", "scopes": ["a"]}


def test_foreign_secret_is_undecryptable() -> None:
    with pytest.raises(Undecryptable):
        Vault([new_key()]).decrypt(Vault([new_key()]).encrypt("hush"))


def test_derived_secrets_differ_by_purpose_and_ring() -> None:
    keys = [new_key(), new_key()]

    assert Vault(keys).derive("forms") == Vault(keys[:1]).derive("forms")
    assert Vault(keys).derive("forms") != Vault(keys).derive("cookies")
    assert Vault(keys).derive("forms") != Vault(keys[1:]).derive("forms")


def test_first_start_makes_a_private_key_file_and_says_so(database: Database, key_file: Path) -> None:
    vault = Vault.open(database, key_file)

    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    assert len(vault.notices) == 1 and "Back it up" in vault.notices[0]


def test_second_start_finds_the_same_key_and_is_silent(database: Database, key_file: Path) -> None:
    secret = Vault.open(database, key_file).encrypt("hush")

    again = Vault.open(database, key_file)

    assert again.decrypt(secret) == "hush"
    assert again.notices == ()


def test_new_database_accepts_an_existing_key_file(database: Database, key_file: Path) -> None:
    key_file.parent.mkdir()
    key_file.write_text(f"# a comment\n\n{new_key()}\n")
    key_file.chmod(0o600)

    assert Vault.open(database, key_file).notices == ()


def test_readable_key_file_is_pointed_out(database: Database, key_file: Path) -> None:
    Vault.open(database, key_file)
    key_file.chmod(0o644)

    assert "chmod 600" in Vault.open(database, key_file).notices[0]


def test_wrong_key_file_stops_the_start_with_a_remedy(database: Database, key_file: Path) -> None:
    Vault.open(database, key_file)
    key_file.write_text(new_key())

    with pytest.raises(WrongKey, match="Put back the key file") as refused:
        Vault.open(database, key_file)

    assert str(key_file) in refused.value.message


def test_missing_key_file_is_not_replaced_when_the_database_needs_it(database: Database, key_file: Path) -> None:
    Vault.open(database, key_file)
    key_file.unlink()

    with pytest.raises(WrongKey, match="is missing"):
        Vault.open(database, key_file)

    assert not key_file.exists()


@pytest.mark.parametrize("content", ["", "# only a comment\n", "not a key\n"])
def test_damaged_key_file_is_refused(database: Database, key_file: Path, content: str) -> None:
    key_file.parent.mkdir()
    key_file.write_text(content)

    with pytest.raises(VaultError):
        Vault.open(database, key_file)


def test_keys_from_the_environment_need_no_file(database: Database, key_file: Path) -> None:
    key = new_key()
    secret = Vault.open(database, key_file, [key]).encrypt("hush")

    assert Vault.open(database, key_file, [new_key(), key]).decrypt(secret) == "hush"
    assert not key_file.exists()
    with pytest.raises(WrongKey, match="STEPLINE_SECRET_KEYS"):
        Vault.open(database, key_file, [new_key()])


def test_old_key_is_needed_until_the_secrets_are_rotated(database: Database, key_file: Path, clock: Clock) -> None:
    old = Vault.open(database, key_file)
    for number in range(BATCH + 1):
        store(database, clock, old.encrypt(number), f"c{number:03}")
    old_key = key_file.read_text().splitlines()[-1]
    add_key(key_file)
    new_key_alone = [line for line in key_file.read_text().splitlines() if line[0] != "#"][:1]
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600

    both = Vault.open(database, key_file)
    with pytest.raises(WrongKey):
        Vault.open(database, key_file, new_key_alone)
    rotation = both.rotate(database)

    new = Vault.open(database, key_file, new_key_alone)
    assert rotation.done == BATCH + 1
    assert [new.decrypt(secret) for secret in secrets_of(database)] == list(range(BATCH + 1))
    with pytest.raises(WrongKey):
        Vault.open(database, key_file, [old_key])


def test_unreadable_secret_is_named_and_does_not_stop_the_rotation(
    database: Database, key_file: Path, clock: Clock
) -> None:
    vault = Vault.open(database, key_file)
    store(database, clock, b"damaged", "bad")
    store(database, clock, vault.encrypt("hush"), "good")
    add_key(key_file)

    rotation = Vault.open(database, key_file).rotate(database)

    assert (rotation.done, rotation.unreadable) == (1, ("connection bad",))
