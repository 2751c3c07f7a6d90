"""What arrives on a connection's hook: proved, split into events, told apart.

    events = Webhooks(connector).receive(credentials, headers, raw, now)

`Webhooks` compiles a connector's description once. The module's functions do the same for one-off use and cache by
connector. Templates see `payload`, `connection` and `headers` (lower case, _ for -).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl

from connectors._kit import signatures
from connectors._kit.context import Credentials
from connectors._kit.errors import ExpressionError, WebhookRefused, WebhookUnreadable
from connectors._kit.expressions import Template, compile_template
from connectors._kit.filters.dates import read_date
from connectors._kit.model import Connector, Operation, VerifySpec, WebhookSpec
from connectors._kit.sending import parse_body
from connectors._kit.values import as_text

Scope = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Incoming:
    """One event. `dedupe` is the same for a redelivery of it, None when the service gives nothing to tell by.

    `parts` are the events that it carries, where the service puts many into one; a trigger may take them together.
    """

    event: str
    dedupe: str | None
    payload: Any
    parts: tuple[Incoming, ...] = ()


def receive(
    connector: Connector, credentials: Credentials, headers: Mapping[str, str], raw: bytes, now: datetime
) -> list[Incoming]:
    """The events in one request. Raises WebhookRefused (signature wrong or missing, too old) or WebhookUnreadable."""
    return _compiled(connector).receive(credentials, headers, raw, now)


def again(connector: Connector, payload: Any) -> Incoming:
    """A payload that was received before, as a new event without anything to tell it by."""
    return _compiled(connector).again(payload)


def belongs(connector: Connector, credentials: Credentials, payload: Any) -> bool:
    """True when the event concerns this connection's account (same location, same list …)."""
    return _compiled(connector).belongs(credentials, payload)


def triggers_for(connector: Connector, event: str) -> tuple[Operation, ...]:
    """The connector's triggers that listen for this type of event."""
    return _compiled(connector).triggers.get(event, ())


def event_of(connector: Connector, payload: Any) -> str:
    """The event's type by its payload alone; "" when the payload does not tell."""
    return _compiled(connector).event_of(payload)


def is_probe(connector: Connector, method: str, headers: Mapping[str, str], raw: bytes) -> bool:
    """True when the service only checks that the address answers: answer 200 and do nothing."""
    return _compiled(connector).is_probe(method, headers, raw)


def parse_payload(headers: Mapping[str, str], raw: bytes) -> Any:
    """A body as data: JSON, form fields, or {"body": text}; {} when empty."""
    body = _read(headers, raw)
    return {"body": body} if isinstance(body, str) else body


class Webhooks:
    """A connector's webhook description, compiled. Raises ValueError for a connector without one."""

    def __init__(self, connector: Connector) -> None:
        if connector.webhook is None:
            raise ValueError(f"{connector.key} receives no webhooks")
        self._spec: WebhookSpec = connector.webhook
        spec = self._spec
        self._verify = _Verifier(spec.verify)
        self._event = compile_template(spec.event)
        self._timestamp = _optional(spec.timestamp)
        self._dedupe = _optional(spec.dedupe)
        self.triggers: dict[str, tuple[Operation, ...]] = {}
        self._own_dedupe: dict[str, Template] = {}
        for operation in connector.operations.values():
            trigger = operation.trigger
            if trigger is not None and trigger.mode == "webhook":
                self.triggers[trigger.event] = (*self.triggers.get(trigger.event, ()), operation)
                if trigger.dedupe:
                    self._own_dedupe[trigger.event] = compile_template(trigger.dedupe)
        self._match = [(compile_template(rule.payload), compile_template(rule.connection)) for rule in spec.match]
        self._expand = compile_template(spec.expand.items) if spec.expand else None
        self._probe = _optional(spec.probe.when) if spec.probe else None

    def receive(
        self, credentials: Credentials, headers: Mapping[str, str], raw: bytes, now: datetime
    ) -> list[Incoming]:
        """See the function of the same name."""
        lowered = _lowered(headers)
        base: Scope = {"connection": credentials.values, "headers": lowered}
        self._verify.check(base, raw)
        body = _read(headers, raw)
        payloads = body if isinstance(body, list) else [body]
        digest = sha256(raw).hexdigest()
        events: list[Incoming] = []
        for index, payload in enumerate(payloads):
            if not isinstance(payload, Mapping):
                raise WebhookUnreadable("Its body is not a JSON object, so nobody can say what happened.")
            scope = {**base, "payload": payload}
            self._check_age(scope, now)
            events.append(self._event_with_parts(scope, f"{digest}/{index}"))
        return events

    def again(self, payload: Any) -> Incoming:
        """See the function of the same name."""
        whole = self._event_with_parts({"connection": {}, "headers": {}, "payload": payload}, "")
        return replace(whole, dedupe=None, parts=tuple(replace(part, dedupe=None) for part in whole.parts))

    def belongs(self, credentials: Credentials, payload: Any) -> bool:
        """See the function of the same name."""
        scope = {"payload": payload, "connection": credentials.values}
        for theirs, ours in self._match:
            left, right = _text(theirs, scope), _text(ours, scope)
            if not left or left != right:
                return False
        return True

    def event_of(self, payload: Any) -> str:
        """See the function of the same name."""
        return _text(self._event, {"payload": payload, "headers": {}, "connection": {}})

    def is_probe(self, method: str, headers: Mapping[str, str], raw: bytes) -> bool:
        """See the function of the same name."""
        probe = self._spec.probe
        if probe is None:
            return False
        if method.upper() in probe.methods or (probe.empty and raw.strip() in (b"", b"{}", b"[]", b"null")):
            return True
        if self._probe is None:
            return False
        return _text(self._probe, {"payload": parse_payload(headers, raw), "headers": _lowered(headers)}) == "true"

    def _check_age(self, scope: Scope, now: datetime) -> None:
        """A signed body that carries no time is let through: it cannot have been taken out by a stranger."""
        if self._timestamp is None:
            return
        stamp = self._timestamp.render(scope, omit_missing=True)
        if stamp in (None, ""):
            return
        try:
            age = (now - read_date(stamp)).total_seconds()
        except ExpressionError:
            raise WebhookRefused("The time of the event cannot be read.") from None
        if abs(age) > self._spec.max_age_seconds:
            raise WebhookRefused(f"The event is too old or from the future ({int(age)} seconds).")

    def _event_with_parts(self, scope: Scope, fallback: str) -> Incoming:
        """`fallback` tells the event by when its payload does not."""
        whole = self._incoming(scope, fallback)
        parts = self._parts(scope)
        if not parts:
            return whole
        made = [self._incoming({**scope, "payload": part}, f"{fallback}/{n}") for n, part in enumerate(parts)]
        key = None if whole.dedupe is None else f"all:{whole.dedupe}"  # often made from the first of the parts
        return Incoming(whole.event, key, whole.payload, tuple(made))

    def _parts(self, scope: Scope) -> list[Any]:
        payload = scope["payload"]
        if self._expand is None or self._spec.expand is None:
            return []
        items = self._expand.render(scope, omit_missing=True)
        if not isinstance(items, list):
            return []
        paths = [path for path in self._expand.paths() if path[0] == "payload"]
        listed = paths[0][1] if len(paths) == 1 and len(paths[0]) == 2 else None
        rest = {key: value for key, value in payload.items() if key != listed}
        return [{**rest, self._spec.expand.name: item} for item in items]

    def _incoming(self, scope: Scope, fallback: str) -> Incoming:
        event = _text(self._event, scope)
        template = self._own_dedupe.get(event, self._dedupe)
        if template is None:
            return Incoming(event, None, scope["payload"])
        return Incoming(event, _text(template, scope) or fallback, scope["payload"])


class _Verifier:
    """A verification and its fallback, compiled."""

    def __init__(self, spec: VerifySpec) -> None:
        self._spec = spec
        self._header = spec.header.lower().replace("-", "_")
        self._key = _optional(spec.key)
        self._enabled = _optional(spec.enabled)
        self._fallback = _Verifier(spec.fallback) if spec.fallback else None

    def check(self, scope: Scope, raw: bytes) -> None:
        """Raises WebhookRefused unless this or, in absence of its header, the fallback proves the request."""
        if self._spec.kind == "none":
            return
        key = _text(self._key, scope) if self._key else ""
        if self._spec.kind == "header" and not key:
            return  # the connection does not say what to expect; the hook's secret address has to do
        if self._applies(scope):
            self._prove(key or self._spec.default_key, self._given(scope), raw)
        elif self._fallback is not None and self._fallback._applies(scope):
            self._fallback.check(scope, raw)
        else:
            raise WebhookRefused(f"The request is not signed: the header {self._spec.header} is missing.")

    def _applies(self, scope: Scope) -> bool:
        enabled = self._enabled is None or _text(self._enabled, scope) == "true"
        return enabled and bool(self._given(scope))

    def _given(self, scope: Scope) -> str:
        return str(scope["headers"].get(self._header, "")).strip()

    def _prove(self, key: str, given: str, raw: bytes) -> None:
        match self._spec.kind:
            case "header":
                signatures.verify_equal(key, given)
            case _ if not key:
                raise WebhookRefused("The connection has no key to verify webhooks with.")
            case "ed25519":
                signatures.verify_ed25519(_public_key(key), given, raw)
            case "rsa_sha256":
                signatures.verify_rsa_sha256(_public_key(key), given, raw)
            case "hmac_sha256":
                spec = self._spec
                signatures.verify_hmac_sha256(key, given, raw, encoding=spec.encoding, prefix=spec.prefix)


_public_key = lru_cache(maxsize=256)(signatures.load_key)
_compiled = lru_cache(maxsize=256)(Webhooks)


def _optional(text: str) -> Template | None:
    return compile_template(text) if text else None


def _text(template: Template, scope: Mapping[str, Any]) -> str:
    """The template's text; "" when something it needs is missing."""
    try:
        return as_text(template.render(scope))
    except ExpressionError:
        return ""


def _lowered(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower().replace("-", "_"): value for name, value in headers.items()}


def _read(headers: Mapping[str, str], raw: bytes) -> Any:
    """JSON or form fields; text where it is neither; {} when empty."""
    content_type = _lowered(headers).get("content_type", "")
    if "application/x-www-form-urlencoded" in content_type:
        return _form(raw)
    body = parse_body(raw, content_type)
    return {} if body is None else body


def _form(raw: bytes) -> dict[str, Any]:
    """Form fields; a field that occurs several times becomes a list."""
    fields: dict[str, Any] = {}
    for name, value in parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True):
        if name not in fields:
            fields[name] = value
        elif isinstance(fields[name], list):
            fields[name].append(value)
        else:
            fields[name] = [fields[name], value]
    return fields
