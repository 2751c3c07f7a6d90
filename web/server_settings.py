"""What is set on this server, for people to read: on the command line and on the settings page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.settings import PREFIX, Settings
from engine.storage.database import readable_address


@dataclass(frozen=True, slots=True)
class Shown:
    """One setting. `from_environment`: its variable is set, and wins over the settings file."""

    name: str
    variable: str
    value: str
    description: str
    from_environment: bool


def described(settings: Settings) -> list[dict[str, Any]]:
    """Every setting; secret ones only as given or not, the database's address without its password."""
    return [
        {
            "name": name,
            "variable": f"{PREFIX}{name.upper()}",
            "value": getattr(settings, name) if field.repr else _hidden(name, getattr(settings, name)),
            "description": field.description,
        }
        for name, field in Settings.model_fields.items()
    ]


def as_text(value: object) -> str:
    if isinstance(value, tuple):
        return ",".join(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def shown(settings: Settings, environ: Mapping[str, str]) -> list[Shown]:
    """Every setting as a page shows it."""
    return [
        Shown(
            name=entry["name"],
            variable=entry["variable"],
            value=as_text(entry["value"]),
            description=entry["description"],
            from_environment=entry["variable"] in environ,
        )
        for entry in described(settings)
    ]


def _hidden(name: str, value: Any) -> str:
    told = readable_address(value) if name == "database_url" else ""
    return told or ("(hidden)" if value else "")
