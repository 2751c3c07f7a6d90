"""The addresses of a service: one by default, others by name, their variables asked for in the connection."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from connectors._kit.openapi import names
from connectors._kit.openapi.document import Document, Raw
from connectors._kit.openapi.report import Report

UNKNOWN = "https://address-of-the-service.invalid"
"""Stands where the description does not say which server it is about; the connection has to."""
_VARIABLE = re.compile(r"\{([^{}]+)\}")


@dataclass(slots=True)
class Servers:
    """`urls` are the manifest's base_urls, `fields` what a connection has to say about them."""

    urls: dict[str, str]
    fields: dict[str, Any]
    required: list[str] = field(default_factory=list)
    is_known: bool = True


class ServerReader:
    """Collects servers: of the whole description first, then those of single paths and operations."""

    def __init__(self, document: Document, report: Report) -> None:
        self._report = report
        self.servers = Servers({}, {})
        listed = document.root.get("servers")
        first = listed[0] if isinstance(listed, list) and listed and isinstance(listed[0], Mapping) else {"url": "/"}
        self._default(first)
        if isinstance(listed, list):
            self._others(listed[1:])

    def named(self, holder: Raw, place: str) -> str:
        """The key of the base address that a path or operation names for itself; "" for the default."""
        listed = holder.get("servers")
        server = listed[0] if isinstance(listed, list) and listed else None
        if not isinstance(server, Mapping):
            return ""
        url = self._url(server, f"{place}/servers/0")
        if not url.startswith("http"):
            return ""
        for key, known in self.servers.urls.items():
            if known == url:
                return "" if key == "default" else key
        host = (urlsplit(url).hostname or "other").split(".")[0]
        key = names.unused(names.key(host), {*self.servers.urls, "default"})
        self.servers.urls[key] = url
        return key

    def _default(self, server: Raw) -> None:
        url = self._url(server, "/servers/0")
        address = {"type": "string", "format": "uri", "title": "Address of the API"}
        if not url.startswith("http"):
            self._report.changed(
                "/servers", "The description does not say on which server the API runs: connections ask for it."
            )
            example = f"https://api.example.com{url if url.startswith('/') else ''}".rstrip("/")
            self.servers.urls["default"] = UNKNOWN
            self.servers.fields["base_url"] = {**address, "x-placeholder": example}
            self.servers.required.append("base_url")
            self.servers.is_known = False
            return
        self.servers.urls["default"] = url
        text = "Only where it differs from the usual one."
        self.servers.fields["base_url"] = {**address, "description": text, "x-advanced": True}

    def _others(self, others: Sequence[Any]) -> None:
        urls = [str(server["url"]) for server in others if isinstance(server, Mapping) and server.get("url")]
        if urls and not self.servers.is_known:
            return
        if urls:
            help = self.servers.fields["base_url"]
            known = " ".join([help["description"], "Others:", ", ".join(urls[:4])])
            help["description"] = names.plain(known.replace("{", "(").replace("}", ")"), 300)

    def _url(self, server: Raw, place: str) -> str:
        """The URL with its variables put in, or left to the connection."""
        variables = server.get("variables")
        known = variables if isinstance(variables, Mapping) else {}
        url = str(server.get("url", "/")).strip().rstrip("/")

        def value(match: re.Match[str]) -> str:
            name = match[1]
            found = known.get(name)
            variable: Raw = found if isinstance(found, Mapping) else {}
            default = str(variable.get("default", ""))
            if url.startswith(match[0]) or "/" in default:  # the connection's values are single parts of an address
                return default or "https"
            return f"{{connection.{self._ask(name, variable, default)}}}"

        return _VARIABLE.sub(value, url)

    def _ask(self, name: str, variable: Raw, default: str) -> str:
        key = names.key(name)
        asked: dict[str, Any] = {"type": "string", "title": names.title(name)}
        if text := names.plain(variable.get("description"), 300):
            asked["description"] = text
        choices = [str(one) for one in variable.get("enum") or ()]
        if choices:
            asked["enum"] = choices
        if default and (not choices or default in choices):
            asked["default"] = default
        if key not in self.servers.required:
            self.servers.required.append(key)
        self.servers.fields[key] = asked
        return key
