"""Reads an OpenAPI description, JSON or YAML, and follows the references inside it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import unquote

import orjson
import yaml

from connectors._kit.errors import KitError
from connectors._kit.openapi.report import Report

Raw = Mapping[str, Any]
LONGEST = 40 * 1024 * 1024
"""Bytes of the largest description that is read."""
_FOLLOWED = 20
"""References to references, until a description counts as going in circles."""


class NotADescription(KitError):
    """Raised when a file is no OpenAPI 3 description; says what it seems to be instead."""


class Document:
    """One description. Everything is looked up in `root`, which nobody changes."""

    def __init__(self, root: Raw, report: Report) -> None:
        self.root = root
        self._report = report

    @property
    def is_3_0(self) -> bool:
        return str(self.root["openapi"]).startswith("3.0")

    def section(self, *path: str) -> Raw:
        """The object at a path such as components, schemas; empty when there is none."""
        found: Any = self.root
        for key in path:
            found = found.get(key) if isinstance(found, Mapping) else None
        return found if isinstance(found, Mapping) else {}

    def resolve(self, value: Any, place: str) -> Raw:
        """`value`, or what its $ref leads to; words beside the $ref win over those it leads to.

        Empty, with a note, when it leads nowhere; also empty when it is no object at all.
        """
        beside: dict[str, Any] = {}
        for _ in range(_FOLLOWED):
            if not isinstance(value, Mapping):
                return {}
            reference = value.get("$ref")
            if not isinstance(reference, str):
                return {**value, **beside} if beside else value
            beside = {key: item for key, item in value.items() if key != "$ref"} | beside
            value = self._at(reference)
            if value is None:
                self._report.left_out(place, f"The reference “{reference}” leads nowhere in this file.")
        return {}

    def _at(self, reference: str) -> Any:
        if not reference.startswith("#"):
            return None
        found: Any = self.root
        for step in unquote(reference[1:]).split("/")[1:]:
            key = step.replace("~1", "/").replace("~0", "~")
            if isinstance(found, Mapping):
                found = found.get(key)
            elif isinstance(found, list) and key.isdigit() and int(key) < len(found):
                found = found[int(key)]
            else:
                return None
        return found


def read(content: bytes | str, report: Report) -> Document:
    """The description in a file. Raises NotADescription."""
    raw = content.encode() if isinstance(content, str) else content
    if len(raw) > LONGEST:
        raise NotADescription(f"The file is larger than {LONGEST // 1024**2} MB.")
    root = _parsed(raw)
    if not isinstance(root, Mapping):
        raise NotADescription("The file holds no OpenAPI description.")
    if "swagger" in root:
        text = "This is a Swagger 2.0 file. Convert it to OpenAPI 3 first, for example with swagger2openapi."
        raise NotADescription(text)
    version = str(root.get("openapi", ""))
    if not re.match(r"3\.[0-2]", version):
        named = f"OpenAPI {version}" if version else "no version of OpenAPI"
        raise NotADescription(f"The file names {named}; OpenAPI 3.0 and 3.1 can be read.")
    if not any(isinstance(root.get(part), Mapping) for part in ("paths", "webhooks")):
        raise NotADescription("The description has neither paths nor webhooks.")
    return Document(root, report)


def _parsed(raw: bytes) -> Any:
    if raw.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
        try:
            return orjson.loads(raw.removeprefix(b"\xef\xbb\xbf"))
        except orjson.JSONDecodeError as error:
            place = f"line {error.lineno}, column {error.colno}"
            raise NotADescription(f"The file is not valid JSON: {error.msg} in {place}.") from None
    try:
        return yaml.load(raw, Loader=_loader())  # noqa: S506  a safe loader: it makes nothing but plain data
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f" in line {mark.line + 1}" if mark else ""
        raise NotADescription(f"The file is neither valid JSON nor valid YAML{place}.") from None


@cache
def _loader() -> Any:
    """A safe loader that reads words as YAML 1.2 does: `no` and `2026-01-02` stay texts."""
    base = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    loader: Any = type("DescriptionLoader", (base,), {"yaml_implicit_resolvers": {}})
    null, boolean, integer, number = (f"tag:yaml.org,2002:{kind}" for kind in ("null", "bool", "int", "float"))
    loader.add_implicit_resolver(null, re.compile(r"^(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""])
    loader.add_implicit_resolver(boolean, re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF"))
    loader.add_implicit_resolver(integer, re.compile(r"^[-+]?(?:0|[1-9][0-9]*)$"), list("-+0123456789"))
    loader.add_implicit_resolver(
        number, re.compile(r"^[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*)(?:[eE][-+]?[0-9]+)?$"), list("-+.0123456789")
    )
    loader.add_constructor("tag:yaml.org,2002:int", lambda own, node: int(own.construct_scalar(node)))
    return loader
