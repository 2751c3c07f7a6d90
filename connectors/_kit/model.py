"""A connector and its operations as immutable data, exactly as the JSON files say.

Schemas, templates and samples are kept as parsed JSON; whoever uses them compiles them once and keeps the result.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal

Schema = Mapping[str, Any]
Effect = Literal["pure", "read", "idempotent_write", "write"]
Timing = Literal["instant", "polled", "scheduled"]


class _Auto:
    """The body was not given: take every input that path, query and headers do not use."""

    def __repr__(self) -> str:
        return "AUTO"


AUTO = _Auto()


class OperationKind(StrEnum):
    TRIGGER = "trigger"
    ACTION = "action"
    SEARCH = "search"
    OPTIONS = "options"


@dataclass(frozen=True, slots=True)
class Resource:
    """A group of operations, such as Contacts."""

    key: str
    title: str
    description: str = ""
    keywords: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RateLimit:
    """At most `requests` in any `seconds`, for all connections with the same `rate_limit_key` together."""

    requests: int
    seconds: int


@dataclass(frozen=True, slots=True)
class RateHeaders:
    """Names of the answer's headers that speak about the limit of `seconds`; "" where the service has none.

    `limit` and `interval` (milliseconds) say what the limit is, `remaining` how many requests are left of it.
    """

    seconds: int
    remaining: str = ""
    limit: str = ""
    interval: str = ""


@dataclass(frozen=True, slots=True)
class AccountsSpec:
    """oauth2: a token for many accounts, of which a connection needs one.

    `when` (over `token`) tells such a token; `request` lists the accounts, `approved` (over `token`) their ids if that
    fails; `exchange` (over `token`, `account`) gives the token for one of them.
    """

    noun: str
    when: str
    request: RequestSpec
    items: str
    value: str
    label: str
    approved: str
    exchange: RequestSpec


@dataclass(frozen=True, slots=True)
class AuthKind:
    """One way to log in. `fields` is the JSON Schema of what it asks for.

    `header`, `query` and `value` belong to api_key; everything from `authorize_url` on to oauth2.
    """

    key: str
    kind: Literal["none", "bearer", "api_key", "basic", "oauth2"]
    title: str
    help: str = ""
    fields: Schema = field(default_factory=dict)
    header: str = "Authorization"
    query: str = ""
    value: str = "{{ connection.api_key }}"
    authorize_url: str = ""
    token_url: str = ""
    """Absolute, or a path below the default base address."""
    scopes: tuple[str, ...] = ()
    pkce: bool = False
    client_auth: Literal["body", "basic"] = "body"
    options: Mapping[str, Any] = field(default_factory=dict)
    """Extra parameters: {"authorize": {…}, "token": {…}}, templates over `connection` and `token`."""
    values: Mapping[str, str] = field(default_factory=dict)
    """Fields of the connection that nobody types because the token says them: templates over `token`."""
    accounts: AccountsSpec | None = None


@dataclass(frozen=True, slots=True)
class RequestSpec:
    """How inputs become one HTTP request. `query` is a tuple of input names or a mapping of templates."""

    method: str
    path: str
    base: str = "default"
    headers: Mapping[str, Any] = field(default_factory=dict)
    query: tuple[str, ...] | Mapping[str, Any] = ()
    body: Any = AUTO
    encoding: Literal["json", "form", "nested_form", "multipart"] = "json"


@dataclass(frozen=True, slots=True)
class TestSpec:
    """A harmless request that proves a connection works, and the account's name in its answer.

    `run` instead of `request` names a function of the connector's operations.py that gives {"label": …}.
    """

    __test__ = False  # the name is the product's, not pytest's
    request: RequestSpec | None = None
    label: str = ""
    run: str = ""


@dataclass(frozen=True, slots=True)
class FailureRule:
    """What an answer means, where it differs from the default table. Empty `statuses` = any status."""

    kind: str
    statuses: frozenset[int] = frozenset()
    when: str = ""
    message: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class ErrorSpec:
    """Where the service puts its message, and rules tried before the default table."""

    messages: tuple[str, ...] = ()
    rules: tuple[FailureRule, ...] = ()


@dataclass(frozen=True, slots=True)
class PagingSpec:
    """How to get the next page. Places are written `query.name` or `body.name`.

    page: `page`, `size`, `page_size`, `first` · offset: `offset`, `size`, `page_size` · cursor: `next` place → template
    · link: `next_url` template, or the Link header when empty.
    """

    kind: Literal["page", "offset", "cursor", "link"]
    items: str = ""
    page: str = ""
    offset: str = ""
    size: str = ""
    page_size: int = 0
    first: int = 1
    next: Mapping[str, str] = field(default_factory=dict)
    next_url: str = ""
    max_pages: int = 200
    max_items: Any = None


@dataclass(frozen=True, slots=True)
class WhereRule:
    """Narrows a trigger: where `input` is filled in, an event counts only if `value` passes `test` against it.

    `value` is a template over `output`; an input that says yes needs no right side.
    """

    input: str
    value: str
    test: str = "equals"


@dataclass(frozen=True, slots=True)
class PollSpec:
    """How a service is looked at regularly, and what tells that a row is new or has changed.

    `key` and `digest` are templates over `item` (the row), `output` (what is made of it) and `input`; a digest may also
    be names of fields of the row, or true for all of it. `when` says which rows count at all. The request sees `since`,
    the start of the last look less `lookback_seconds`, and `first`, true at the first look. `newest_first`: the rows
    come in the order of their last change, so a look can end at a page that holds nothing new.

    For a poll that completes a webhook (`reconcile`), key and digest are over `output` alone, because the events of the
    hook are told apart by them too; it is made only when the inputs of `needs` are filled in. `only_changes`: an event
    of the hook counts only when it changes the digest, for services that do not tell what has changed.
    """

    key: str
    request: RequestSpec | None = None
    items: str = ""
    interval_seconds: int = 300
    lookback_seconds: int = 86_400
    paging: PagingSpec | None = None
    when: str = ""
    digest: tuple[str, ...] | str | bool = False
    emit: Literal["new", "changed", "new_or_changed"] = "new"
    output: Any = None
    newest_first: bool = False
    needs: tuple[str, ...] = ()
    only_changes: bool = False


@dataclass(frozen=True, slots=True)
class TriggerSpec:
    """How events of a trigger come about. `poll` belongs to mode poll, or completes mode webhook.

    `run` names a function of the connector's operations.py: for a poll it gives the rows, for a schedule the data of
    the event that is due, or None for no event.
    """

    mode: Literal["webhook", "catch", "poll", "schedule"]
    event: str = ""
    output: Any = None
    dedupe: str = ""
    where: tuple[WhereRule, ...] = ()
    together: str = ""
    """The input by which people say that events which came in one request (see `ExpandSpec`) stay together."""
    poll: PollSpec | None = None
    run: str = ""


@dataclass(frozen=True, slots=True)
class VerifySpec:
    """How an incoming webhook proves where it comes from. `key` is a template over `connection`."""

    kind: Literal["none", "ed25519", "rsa_sha256", "hmac_sha256", "header"]
    header: str = ""
    key: str = ""
    default_key: str = ""
    prefix: str = ""
    encoding: Literal["hex", "base64", "any"] = "hex"
    enabled: str = ""
    fallback: VerifySpec | None = None


@dataclass(frozen=True, slots=True)
class ProbeSpec:
    """A request by which a service checks our URL: any of these makes it a probe."""

    methods: tuple[str, ...] = ()
    empty: bool = False
    when: str = ""


@dataclass(frozen=True, slots=True)
class ExpandSpec:
    """One request that carries many events: one for each of `items`, each put into the payload as `name`."""

    items: str
    name: str = "item"


@dataclass(frozen=True, slots=True)
class MatchRule:
    """A webhook belongs to a connection when both templates give the same text."""

    payload: str
    connection: str


@dataclass(frozen=True, slots=True)
class WebhookSpec:
    """How a service's events arrive on a connection's hook.

    `max_age_seconds` leaves room for redeliveries, which carry the time of the first one. `accepted_status` is what
    the service takes for success.
    """

    verify: VerifySpec
    event: str
    probe: ProbeSpec | None = None
    dedupe: str = ""
    timestamp: str = ""
    max_age_seconds: int = 300
    accepted_status: int = 202
    match: tuple[MatchRule, ...] = ()
    expand: ExpandSpec | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Operation:
    """One thing a connector can do. `id` is `<connector>.<resource>.<key>`. Equal only to itself."""

    id: str
    connector: str
    resource: str
    key: str
    kind: OperationKind
    title: str
    description: str
    keywords: tuple[str, ...]
    """What else people call it when they search."""
    featured: bool
    beta: bool
    certainty: str
    idempotent: bool
    reads: bool
    pure: bool
    scopes: tuple[str, ...]
    input_schema: Schema
    output_schema: Schema
    sample_input: Mapping[str, Any]
    sample: Any
    request: RequestSpec | None
    output: Any
    found: str
    paging: PagingSpec | None
    errors: tuple[FailureRule, ...]
    run: str
    trigger: TriggerSpec | None

    @property
    def effect(self) -> Effect:
        """What running it does outside: nothing, only reads, a write that may be repeated, or one that must not."""
        if self.pure:
            return "pure"
        if self.reads or self.kind is not OperationKind.ACTION:
            return "read"
        return "idempotent_write" if self.idempotent else "write"

    @property
    def timing(self) -> Timing | None:
        """When a trigger's events come: as soon as they happen, at the next look, or by the clock."""
        modes: Mapping[str, Timing] = {"poll": "polled", "schedule": "scheduled"}
        return modes.get(self.trigger.mode, "instant") if self.trigger else None


@dataclass(frozen=True, slots=True, eq=False)
class Connector:
    """An app Stepline can talk to. `operations` is keyed by full operation id; `icon` is SVG text."""

    key: str
    name: str
    description: str
    keywords: tuple[str, ...]
    docs: str
    color: str
    icon: str
    base_urls: Mapping[str, str]
    headers: Mapping[str, Any]
    timeout_seconds: float
    idempotency_header: str
    connection_schema: Schema
    auth: tuple[AuthKind, ...]
    test: TestSpec | None
    rate_limits: tuple[RateLimit, ...]
    rate_limit_key: str
    """Template over `connection`: connections with the same value share the limits. "" = each has its own."""
    rate_headers: tuple[RateHeaders, ...]
    errors: ErrorSpec
    webhook: WebhookSpec | None
    resources: Mapping[str, Resource]
    operations: Mapping[str, Operation]
    folder: Path

    def auth_kind(self, key: str) -> AuthKind | None:
        """The auth kind with this key, or None."""
        return next((auth for auth in self.auth if auth.key == key), None)

    @property
    def needs_connection(self) -> bool:
        """True when there is something to fill in; see `works_without_connection`."""
        return any(self._asks(auth) for auth in self.auth)

    @property
    def works_without_connection(self) -> bool:
        """True when no connection has to be chosen: there are none, or there is a way that asks for nothing."""
        return not self.needs_connection or any(not self._asks(auth) for auth in self.auth)

    def _asks(self, auth: AuthKind) -> bool:
        return auth.kind != "none" or bool(auth.fields.get("required") or self.connection_schema.get("required"))
