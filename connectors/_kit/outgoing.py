"""From a request description and values to one HTTP request, not yet sent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from connectors._kit.errors import InputInvalid, Problem
from connectors._kit.expressions import Template, compile_template
from connectors._kit.model import AUTO, Connector, RequestSpec
from connectors._kit.multipart import Form, form_of
from connectors._kit.values import as_text

_PLACEHOLDER = re.compile(r"\{([A-Za-z_][\w\-]*(?:\.[\w\-]+)?)\}")
_FORM = "application/x-www-form-urlencoded"
_WITH_BODY = frozenset(("POST", "PUT", "PATCH"))
_LINE_BREAK = re.compile(r"[\r\n\0]")


@dataclass(slots=True)
class Outgoing:
    """One request on its way out. `body` is a JSON value, text, bytes or a Form; None sends no body."""

    method: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)
    query: list[tuple[str, str]] = field(default_factory=list)
    body: Any = None
    encoding: str = "json"

    def set_header(self, name: str, value: str) -> None:
        """Replaces a header whatever its capitals. Raises InputInvalid when a line break would forge another one."""
        if _LINE_BREAK.search(name) or _LINE_BREAK.search(value):
            raise InputInvalid([Problem("", "", f"The header {name!r} must not contain a line break.")])
        if not (name + value).isascii():
            raise InputInvalid([Problem("", "", f"The header {name!r} may only hold plain letters, digits and signs.")])
        lower = name.lower()
        for existing in self.headers:
            if existing.lower() == lower:
                self.headers[existing] = value
                return
        self.headers[name] = value

    def has_header(self, name: str) -> bool:
        return any(existing.lower() == name.lower() for existing in self.headers)

    @property
    def full_url(self) -> str:
        """The address with its query."""
        if not self.query:
            return self.url
        return f"{self.url}{'&' if '?' in self.url else '?'}{urlencode(self.query, quote_via=quote)}"

    def content(self) -> tuple[bytes | None, str]:
        """The body's bytes and their content type ("" = none to announce)."""
        body = self.body
        if body is None:
            return None, ""
        if isinstance(body, Form):
            return body.content, body.content_type
        if isinstance(body, bytes):
            return body, ""
        if isinstance(body, str):
            return body.encode(), "text/plain; charset=utf-8"
        if self.encoding == "form":
            return urlencode(query_pairs(body)).encode(), _FORM
        if self.encoding == "nested_form":
            return urlencode(nested_pairs(body)).encode(), _FORM
        return orjson.dumps(body), "application/json"

    def set_place(self, place: str, value: Any) -> None:
        """Writes to `query.name` or `body.name.name`; None removes it."""
        where, _, name = place.partition(".")
        if where == "query":
            self.query = [pair for pair in self.query if pair[0] != name]
            if value is not None:
                self.query.extend(query_pairs({name: value}))
            return
        keys = name.split(".")
        self.body = target = dict(self.body or {})
        for key in keys[:-1]:
            target[key] = dict(target.get(key) or {})
            target = target[key]
        if value is None:
            target.pop(keys[-1], None)
        else:
            target[keys[-1]] = value


def query_pairs(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Parameters as text; null is left out, a list repeats its parameter, a group of fields becomes JSON."""
    pairs: list[tuple[str, str]] = []
    for name, value in values.items():
        if isinstance(value, (list, tuple)):
            pairs.extend((name, as_text(item)) for item in value if item is not None)
        elif value is not None:
            pairs.append((name, as_text(value)))
    return pairs


def nested_pairs(value: Any, name: str = "") -> list[tuple[str, str]]:
    """Fields inside fields as name[inner], rows of a list as name[0]; null is left out."""
    if isinstance(value, Mapping):
        inner = [(f"{name}[{key}]" if name else str(key), item) for key, item in value.items()]
    elif isinstance(value, (list, tuple)):
        inner = [(f"{name}[{index}]", item) for index, item in enumerate(value)]
    else:
        return [] if value is None else [(name, as_text(value))]
    return [pair for key, item in inner for pair in nested_pairs(item, key)]


class RequestPlan:
    """A compiled request description. Raises ExpressionSyntaxError when made of a wrong one."""

    def __init__(self, spec: RequestSpec, connector: Connector) -> None:
        self._spec = spec
        self._base = connector.base_urls.get(spec.base, "")
        self._base_override = "base_url" if spec.base == "default" else f"base_url_{spec.base}"
        self._path = _PLACEHOLDER.split(spec.path)
        headers = {"User-Agent": "Stepline"}
        for name, value in (*connector.headers.items(), *spec.headers.items()):
            headers = {key: kept for key, kept in headers.items() if key.lower() != name.lower()} | {name: value}
        self._headers = compile_template(headers)
        query = (
            {name: f"{{{{ input['{name}'] }}}}" for name in spec.query} if isinstance(spec.query, tuple) else spec.query
        )
        self._query = compile_template(query)
        self._body = None if spec.body is AUTO else compile_template(spec.body)
        self._elsewhere = self._used_elsewhere()

    def _used_elsewhere(self) -> frozenset[str]:
        """Inputs that path, query and headers use, so that an automatic body leaves them out."""
        used = {name for name in self._path[1::2] if "." not in name}
        for template in (self._query, self._headers):
            used |= {str(path[1]) for path in template.paths() if path[0] == "input" and len(path) > 1}
        return frozenset(used)

    def build(self, scope: Mapping[str, Any]) -> Outgoing:
        """The request for a scope with input and connection.

        Raises InputInvalid for a missing part of the path, ExpressionError for a missing value inside a text.
        """
        outgoing = Outgoing(self._spec.method, self._url(scope), encoding=self._spec.encoding)
        for name, value in self._headers.render(scope, omit_missing=True).items():
            if value is not None:
                outgoing.set_header(name, as_text(value))
        outgoing.query = query_pairs(self._query.render(scope, omit_missing=True))
        body = self._rendered_body(scope)
        outgoing.body = form_of(body) if self._spec.encoding == "multipart" and isinstance(body, Mapping) else body
        return outgoing

    def _rendered_body(self, scope: Mapping[str, Any]) -> Any:
        if self._body is not None:
            return self._body.render(scope, omit_missing=True)
        if self._spec.method not in _WITH_BODY:
            return None
        return {name: value for name, value in scope["input"].items() if name not in self._elsewhere}

    def _url(self, scope: Mapping[str, Any]) -> str:
        base = str(scope["connection"].get(self._base_override) or self._base)
        if "{" in base:
            base = _filled(_PLACEHOLDER.split(base), scope)
        return base.rstrip("/") + _filled(self._path, scope)


def _filled(parts: list[str], scope: Mapping[str, Any]) -> str:
    """Literal text and, at odd places, names of inputs or connection values, each URL-encoded."""
    if len(parts) == 1:
        return parts[0]
    return "".join(part if index % 2 == 0 else _segment(part, scope) for index, part in enumerate(parts))


def _segment(name: str, scope: Mapping[str, Any]) -> str:
    source, _, inner = name.partition(".")
    values = scope["connection"] if inner and source == "connection" else scope["input"]
    key = inner if inner and source in ("connection", "input") else name
    text = as_text(values.get(key))
    if not text.strip():
        raise InputInvalid([Problem("", f"/{key}", f"“{key}” is required.")])
    if text in (".", ".."):  # URL parsers would read them as “this folder” and “the folder above”
        raise InputInvalid([Problem("", f"/{key}", f"“{key}” must not be {text}.")])
    return quote(text, safe="")


__all__ = ["Outgoing", "RequestPlan", "Template", "nested_pairs", "query_pairs"]
