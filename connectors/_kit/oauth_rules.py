"""What must hold for an oauth2 log-in of a manifest beyond the JSON Schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from connectors._kit import references
from connectors._kit.errors import Problem
from connectors._kit.references import Known

Raw = Mapping[str, Any]

_FIELDS = ("client_id", "client_secret")
_SIGN_IN = frozenset(("connection", "token"))
_LIST = _SIGN_IN | {"response", "item"}
_EXCHANGE = _SIGN_IN | {"account"}


def problems(auth: Raw, manifest: Raw, file: str, place: str, known: Known) -> Iterator[Problem]:
    """`known`: the fields that templates may read."""
    if auth["kind"] != "oauth2":
        return
    for name in _FIELDS:
        if name not in auth["fields"].get("properties", {}):
            yield Problem(file, f"{place}/fields/properties", f"Logging in this way needs the field “{name}”.")
    if auth["token_url"].startswith("/") and "default" not in manifest.get("base_urls", {}):
        yield Problem(file, f"{place}/token_url", "A path needs a default address in base_urls.")
    for name in auth.get("values", {}):
        if known.connection is not None and name not in known.connection:
            yield Problem(file, f"{place}/values/{name}", f"“{name}” is not a field of the connection.")
    yield from references.problems(auth.get("options"), file, f"{place}/options", _SIGN_IN, known)
    yield from references.problems(auth.get("values"), file, f"{place}/values", _SIGN_IN, known)
    yield from _accounts(auth.get("accounts", {}), manifest, file, f"{place}/accounts", known)


def _accounts(accounts: Raw, manifest: Raw, file: str, place: str, known: Known) -> Iterator[Problem]:
    roots = {"when": _SIGN_IN, "request": _SIGN_IN, "approved": _SIGN_IN, "exchange": _EXCHANGE}
    for name, value in accounts.items():
        if name == "noun":
            continue
        yield from references.problems(value, file, f"{place}/{name}", roots.get(name, _LIST), known)
    for name in ("request", "exchange"):
        base = accounts.get(name, {}).get("base", "default")
        if accounts and base not in manifest.get("base_urls", {}):
            yield Problem(file, f"{place}/{name}/base", f"“{base}” is not one of the manifest's base_urls.")
