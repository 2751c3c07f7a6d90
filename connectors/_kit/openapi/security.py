"""How one logs in: securitySchemes as the manifest's auth kinds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urljoin

from connectors._kit.openapi import names
from connectors._kit.openapi.document import Document, Raw
from connectors._kit.openapi.report import Report
from connectors._kit.pointers import pointer

Auth = dict[str, Any]
_METHODS = ("get", "put", "post", "delete", "patch")
_SAYS_NOTHING = frozenset(
    ("auth", "authorization", "security", "scheme", "default", "http", "bearer", "basic", "oauth", "o", "jwt", "api")
) | {"key", "token", "1", "2"}
_ORDER = {"oauth2": 2, "basic": 1}
"""What is asked for first where a description leaves it open: keys before passwords before OAuth."""


class SecurityReader:
    """`auth` are the manifest's auth kinds, the most used first; `headers` go beside them."""

    def __init__(self, document: Document, report: Report, address: str) -> None:
        self._document = document
        self._report = report
        self._address = address
        self.headers: dict[str, str] = {}
        self.fields: dict[str, Any] = {}
        self.required: list[str] = []
        self.auth = self._kinds()

    def scopes(self, operation: Raw) -> list[str]:
        """The rights that an operation needs, as its security says."""
        asked = operation.get("security", self._document.root.get("security"))
        found: list[str] = []
        for requirement in asked if isinstance(asked, list) else ():
            for name, scopes in requirement.items() if isinstance(requirement, Mapping) else ():
                scheme = self._document.resolve(self._schemes.get(name), "/components/securitySchemes")
                if scheme.get("type") in ("oauth2", "openIdConnect") and isinstance(scopes, list):
                    found.extend(str(scope) for scope in scopes)
            if found:
                break
        return list(dict.fromkeys(found))

    @property
    def _schemes(self) -> Raw:
        return self._document.section("components", "securitySchemes")

    def _kinds(self) -> list[Auth]:
        used = self._used()
        companions = self._companions()
        kinds: list[Auth] = []
        for name in sorted(self._schemes, key=lambda name: (-used[name], list(self._schemes).index(name))):
            place = pointer("components", "securitySchemes", name)
            scheme = self._document.resolve(self._schemes[name], place)
            if name in companions:
                self._companion(name, scheme)
                continue
            for auth in self._kind(name, scheme, place):
                if set(names.words(name)) - _SAYS_NOTHING:
                    auth["title"] = names.title(name)
                auth["key"] = names.unused(auth["key"], {known["key"] for known in kinds})
                kinds.append(auth)
        kinds.sort(key=lambda auth: _ORDER.get(auth["kind"], 0))
        return kinds or self._unknown()

    def _unknown(self) -> list[Auth]:
        self._report.guessed(
            "/components/securitySchemes", "The description names no way to log in; a bearer token is offered."
        )
        return [{"key": "none", "kind": "none", "title": "No login"}, _token("token", "bearer", "Bearer token")]

    def _used(self) -> Counter[str]:
        """How often each scheme is asked for; what holds for the whole API counts most."""
        counted: Counter[str] = Counter()
        for requirement in self._requirements():
            counted.update(list(requirement))
        for requirement in self._document.root.get("security") or ():
            if isinstance(requirement, Mapping):
                counted.update(dict.fromkeys(requirement, 1000))
        return counted

    def _requirements(self) -> Iterator[Mapping[str, Any]]:
        """Every alternative of every operation and of the whole."""
        holders = [self._document.root]
        for path in self._document.section("paths").values():
            if isinstance(path, Mapping):
                holders.extend(path[method] for method in _METHODS if isinstance(path.get(method), Mapping))
        for holder in holders:
            for requirement in holder.get("security") or ():
                if isinstance(requirement, Mapping):
                    yield requirement

    def _companions(self) -> frozenset[str]:
        """Keys in headers that are always sent together with another scheme, never alone."""
        together: set[str] = set()
        alone: set[str] = set()
        for requirement in self._requirements():
            known = list(requirement)
            alone.update(known[:1])
            together.update(known[1:])
        return frozenset(name for name in together - alone if self._is_header_key(name))

    def _is_header_key(self, name: str) -> bool:
        scheme = self._document.resolve(self._schemes.get(name), "/components/securitySchemes")
        return scheme.get("type") == "apiKey" and scheme.get("in") == "header"

    def _companion(self, name: str, scheme: Raw) -> None:
        key = names.key(name)
        self.headers[str(scheme["name"])] = f"{{{{ connection.{key} }}}}"
        self.fields[key] = {"type": "string", "title": names.title(name), "x-secret": True}
        self.required.append(key)

    def _kind(self, name: str, scheme: Raw, place: str) -> Iterator[Auth]:
        match scheme.get("type"):
            case "http":
                yield from self._http(name, scheme, place)
            case "apiKey":
                yield from self._api_key(name, scheme)
            case "oauth2":
                yield from self._oauth2(name, scheme, place)
            case "openIdConnect":
                self._report.changed(
                    place, "OpenID Connect cannot be used for logging in; an access token is asked for."
                )
                yield _token(names.key(name), "bearer", "Access token", scheme)
            case kind:
                self._report.left_out(place, f"Logging in by “{kind}” is not possible.")

    def _http(self, name: str, scheme: Raw, place: str) -> Iterator[Auth]:
        kind = str(scheme.get("scheme", "")).lower()
        if kind == "bearer":
            yield _token(names.key(name), "bearer", "API token", scheme)
        elif kind == "basic":
            fields = {
                "username": {"type": "string", "title": "User name"},
                "password": {"type": "string", "title": "Password", "x-secret": True},
            }
            schema = {"type": "object", "properties": fields, "required": ["username"]}
            title = {"key": names.key(name), "kind": "basic", "title": "User name and password"}
            yield {**title, **_advice(scheme), "fields": schema}
        else:
            self._report.left_out(place, f"Logging in by HTTP “{kind}” is not possible.")

    def _api_key(self, name: str, scheme: Raw) -> Iterator[Auth]:
        where, parameter = scheme.get("in"), str(scheme.get("name", "Authorization"))
        if where == "header" and parameter.lower() == "authorization" and _speaks_of_bearer(scheme):
            yield _token(names.key(name), "bearer", "API token", scheme)
            return
        auth = _token(names.key(name), "api_key", "API key", scheme, field="api_key")
        if where == "query":
            yield {**auth, "query": parameter, "value": "{{ connection.api_key }}"}
        elif where == "cookie":
            yield {**auth, "header": "Cookie", "value": f"{parameter}={{{{ connection.api_key }}}}"}
        else:
            yield {**auth, "header": parameter, "value": "{{ connection.api_key }}"}

    def _oauth2(self, name: str, scheme: Raw, place: str) -> Iterator[Auth]:
        flows = scheme.get("flows")
        flow = flows.get("authorizationCode") if isinstance(flows, Mapping) else None
        if not isinstance(flow, Mapping) or not flow.get("authorizationUrl") or not flow.get("tokenUrl"):
            self._report.changed(
                place, "Of OAuth only the authorization code can be used; an access token is asked for."
            )
            yield _token(names.key(name), "bearer", "Access token", scheme)
            return
        scopes = flow.get("scopes")
        fields = {
            "client_id": {"type": "string", "title": "Client ID"},
            "client_secret": {"type": "string", "title": "Client secret", "x-secret": True},
        }
        yield {
            "key": names.key(name),
            "kind": "oauth2",
            "title": "OAuth",
            **_advice(scheme),
            "authorize_url": urljoin(self._address, str(flow["authorizationUrl"])),
            "token_url": urljoin(self._address, str(flow["tokenUrl"])),
            "scopes": [str(scope) for scope in scopes] if isinstance(scopes, Mapping) else [],
            "fields": {"type": "object", "properties": fields, "required": ["client_id", "client_secret"]},
        }


def _token(key: str, kind: str, title: str, scheme: Raw | None = None, field: str = "token") -> Auth:
    secret = {"type": "string", "title": title, "minLength": 1, "x-secret": True}
    schema = {"type": "object", "properties": {field: secret}, "required": [field]}
    return {"key": key, "kind": kind, "title": title, **_advice(scheme or {}), "fields": schema}


def _advice(scheme: Raw) -> dict[str, str]:
    text = names.plain(scheme.get("description"), 300)
    return {"help": text} if text else {}


def _speaks_of_bearer(scheme: Raw) -> bool:
    return "bearer" in str(scheme.get("description", "")).lower()
