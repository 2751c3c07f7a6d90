"""A workflow's settings as a form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.definition.model import setting_value


def settings_schema(definition: Mapping[str, Any], *, sources: bool = True) -> dict[str, Any]:
    """The settings as one object schema. `sources`: keep where the choices of a dropdown come from."""
    settings: Mapping[str, Mapping[str, Any]] = definition.get("settings", {})
    return {
        "type": "object",
        "required": [key for key, setting in settings.items() if setting.get("required", True)],
        "x-order": list(settings),
        "properties": {key: _property(setting, sources) for key, setting in settings.items()},
    }


def settings_values(definition: Mapping[str, Any]) -> dict[str, Any]:
    """The chosen values, else the defaults."""
    found = {key: setting_value(setting) for key, setting in definition.get("settings", {}).items()}
    return {key: value for key, value in found.items() if value is not None}


def _property(setting: Mapping[str, Any], sources: bool) -> dict[str, Any]:
    made = {name: setting[name] for name in ("title", "description", "enum", "default") if name in setting}
    made["type"] = setting.get("type", "string")
    if setting.get("format") == "multiline":
        made["x-multiline"] = True
    elif "format" in setting:
        made["format"] = setting["format"]
    if sources and "options" in setting:
        made["x-options"] = setting["options"]
    return made
