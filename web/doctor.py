"""Looks whether a Stepline is in order, one finding for each part, with a plain remedy. Changes nothing."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from engine.assembly import is_working
from engine.connector_folders import all_connectors
from engine.definition.check import Checker
from engine.errors import EngineError, Invalid, StorageUnavailable
from engine.recipes import RecipeFiles
from engine.settings import Settings, unknown_variables
from engine.storage import migrations
from engine.storage.database import Database
from engine.vault import Vault

WEB = Path(__file__).parent
LITTLE_SPACE = 1024**3
NO_SPACE = 100 * 1024**2
HERE = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Finding:
    """`note` is worth knowing; `problem` keeps Stepline from working as it should."""

    part: str
    state: Literal["ok", "note", "problem"]
    message: str
    remedy: str = ""


def unusable(error: Invalid) -> Iterator[Finding]:
    """What to say when the settings cannot even be read."""
    remedy = "Correct it, then let the doctor look again: without settings it can look at nothing else."
    for message in [problem.message for problem in error.problems] or [error.message]:
        yield Finding("Settings", "problem", message, remedy)


def examine(settings: Settings) -> Iterator[Finding]:
    """All findings, in the order in which one would mend them."""
    parts: dict[str, Callable[[Settings], Iterator[Finding]]] = {
        "Settings": _settings,
        "Data folder": _data_folder,
        "Disk": _disk,
        "Server": _server,
        "Database": _database,
        "Connectors": _connectors,
        "Browser files": _browser_files,
        "Public address": _public_address,
    }
    for part, look in parts.items():
        try:
            yield from look(settings)
        except (EngineError, OSError) as error:
            yield Finding(part, "problem", str(error), getattr(error, "detail", ""))


def _settings(settings: Settings) -> Iterator[Finding]:
    unknown = unknown_variables(os.environ)
    for name in unknown:
        remedy = "Is it misspelt? All settings: stepline settings"
        yield Finding("Settings", "note", f"{name} is not a setting of Stepline and has no effect.", remedy)
    if not unknown:
        yield Finding("Settings", "ok", "All settings can be read.")


def _data_folder(settings: Settings) -> Iterator[Finding]:
    folder = settings.data_dir
    if not folder.exists():
        yield Finding("Data folder", "note", f"{folder} is not there yet.", "It is made when Stepline first starts.")
    elif not os.access(folder, os.W_OK | os.X_OK):
        remedy = f"Make the user that runs Stepline its owner: chown -R USER {folder}"
        yield Finding("Data folder", "problem", f"{folder} cannot be written to.", remedy)
    else:
        yield Finding("Data folder", "ok", f"{folder} can be written to.")
    if readable := _readable_by_others(settings):
        message = f"Other users of this machine can read {', '.join(readable)}: everything that your workflows handle."
        yield Finding("Data folder", "note", message, f"Keep them out: chmod 700 {folder}")


def _readable_by_others(settings: Settings) -> list[str]:
    """Names of the database's files; a folder that others cannot enter keeps them out of its files too."""
    file = settings.database_file
    if os.name != "posix" or file is None or not file.exists():
        return []
    if not stat.S_IMODE(file.parent.stat().st_mode) & 0o011:
        return []
    files = [path for path in (file, *(file.with_name(file.name + end) for end in ("-wal", "-shm"))) if path.exists()]
    return [path.name for path in files if stat.S_IMODE(path.stat().st_mode) & 0o044]


def _disk(settings: Settings) -> Iterator[Finding]:
    existing = next(path for path in (settings.data_dir, *settings.data_dir.parents) if path.exists())
    free = shutil.disk_usage(existing).free
    state: Literal["ok", "note", "problem"] = (
        "ok" if free >= LITTLE_SPACE else "note" if free >= NO_SPACE else "problem"
    )
    remedy = "" if state == "ok" else "Make room: with a full disk no event can be accepted."
    yield Finding("Disk", state, f"{free / 1024**3:.1f} GB free.", remedy)


def _server(settings: Settings) -> Iterator[Finding]:
    if settings.database_file is None:
        return
    if is_working(settings.data_dir):
        yield Finding("Server", "ok", "A server is running with this data.")
    else:
        yield Finding("Server", "note", "No server is running with this data.", "Start it: stepline serve")


def _database(settings: Settings) -> Iterator[Finding]:
    file = settings.database_file
    if file is not None and not file.exists():
        yield Finding("Database", "note", "There is none yet.", "It is made when Stepline first starts.")
        return
    database = Database.open(settings.database_url, busy_seconds=2)
    try:
        yield from _tables(settings, database)
    except StorageUnavailable as error:
        remedy = "Check STEPLINE_DATABASE_URL, and that the database server runs and lets this machine in."
        yield Finding("Database", "problem", f"It cannot be reached: {error.detail}", remedy)
    finally:
        database.close()


def _tables(settings: Settings, database: Database) -> Iterator[Finding]:
    current = migrations.current(database)
    if current != migrations.head():
        message = "It has no tables yet." if current is None else f"Its tables are at revision {current}."
        yield Finding("Database", "note", message, "The next start brings them up to date, or: stepline db upgrade")
        return
    yield Finding("Database", "ok", f"Reachable, its tables are up to date ({database.dialect}).")
    yield from _keys(settings, database)


def _keys(settings: Settings, database: Database) -> Iterator[Finding]:
    if not settings.secret_keys and not settings.key_file.exists():
        remedy = "Put it back from a backup. Only for a new database, the next start makes one."
        yield Finding("Encryption keys", "problem", f"The key file {settings.key_file} is missing.", remedy)
        return
    try:
        vault = Vault.open(database, settings.key_file, settings.secret_keys)
    except EngineError as error:
        yield Finding("Encryption keys", "problem", error.message, error.detail)
        return
    for notice in vault.notices:
        yield Finding("Encryption keys", "note", notice)
    if not vault.notices:
        yield Finding("Encryption keys", "ok", "They belong to this database.")


def _connectors(settings: Settings) -> Iterator[Finding]:
    registry = all_connectors(settings.connectors_dir)
    if registry.problems:
        remedy = (
            f"See: stepline connectors check, and for your own: stepline connectors check {settings.connectors_dir}. "
            "Installing Stepline again brings its own connectors back."
        )
        yield Finding("Connectors", "problem", f"{len(registry.problems)} problems in their files.", remedy)
    else:
        operations = len(registry.operations())
        yield Finding("Connectors", "ok", f"{len(registry.connectors)} connectors with {operations} operations.")
    recipes = RecipeFiles(registry, Checker(registry, dict))
    broken = [recipe.slug for recipe in recipes.bundled if recipes.check(recipe.as_dict())]
    if broken:
        yield Finding("Recipes", "problem", f"These cannot be used: {', '.join(broken)}.", "Install Stepline again.")
    else:
        yield Finding("Recipes", "ok", f"{len(recipes.bundled)} recipes.")


def _browser_files(settings: Settings) -> Iterator[Finding]:
    # The build writes all of them together with this file, or none.
    if (WEB / "static" / "vendor" / ".stamp").is_file():
        yield Finding("Browser files", "ok", "All there.")
    else:
        remedy = "Install Stepline again (in a checkout: make install)."
        yield Finding("Browser files", "problem", "They are missing, so pages have no style.", remedy)


def _public_address(settings: Settings) -> Iterator[Finding]:
    url = urlsplit(settings.public_url)
    if url.scheme not in ("http", "https") or not url.hostname:
        remedy = "Set STEPLINE_PUBLIC_URL to an address such as https://stepline.example.com"
        yield Finding("Public address", "problem", f"“{settings.public_url}” is not a web address.", remedy)
    elif url.hostname in HERE:
        remedy = "Set STEPLINE_PUBLIC_URL to the address under which other machines reach this one."
        yield Finding("Public address", "note", "Only this machine can reach it: no webhooks from outside.", remedy)
    elif url.scheme == "http":
        remedy = "Put a reverse proxy with a certificate in front; see the README."
        yield Finding("Public address", "note", f"{settings.public_url} is not encrypted.", remedy)
    else:
        yield Finding("Public address", "ok", settings.public_url)
