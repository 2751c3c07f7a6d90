"""Builds the model from parsed JSON.

Expects what `check` accepts; on anything else raises KeyError, TypeError, ValueError or AttributeError.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from connectors._kit.model import (
    AUTO,
    AccountsSpec,
    AuthKind,
    Connector,
    ErrorSpec,
    ExpandSpec,
    FailureRule,
    MatchRule,
    Operation,
    OperationKind,
    PagingSpec,
    PollSpec,
    ProbeSpec,
    RateHeaders,
    RateLimit,
    RequestSpec,
    Resource,
    TestSpec,
    TriggerSpec,
    VerifySpec,
    WebhookSpec,
    WhereRule,
)

Raw = Mapping[str, Any]
EMPTY_SCHEMA: Raw = {"type": "object", "properties": {}}
_OPEN = {"additionalProperties", "patternProperties", "unevaluatedProperties", "$ref"}


def connector(raw: Raw, icon: str, folder: Path, operations: Mapping[str, Operation]) -> Connector:
    test = raw.get("test")
    errors = raw.get("errors", {})
    return Connector(
        key=raw["key"],
        name=raw["name"],
        description=raw["description"],
        keywords=tuple(raw.get("keywords", ())),
        docs=raw.get("docs", ""),
        color=raw.get("color", "#64748b"),
        icon=icon,
        base_urls=raw.get("base_urls", {}),
        headers=raw.get("headers", {}),
        timeout_seconds=float(raw.get("timeout_seconds", 30)),
        idempotency_header=raw.get("idempotency_header", ""),
        connection_schema=raw.get("connection", EMPTY_SCHEMA),
        auth=tuple(auth_kind(item) for item in raw.get("auth", ())),
        test=connection_test(test) if test else None,
        rate_limits=tuple(RateLimit(item["requests"], item["seconds"]) for item in raw.get("rate_limits", ())),
        rate_limit_key=raw.get("rate_limit_key", ""),
        rate_headers=tuple(RateHeaders(**item) for item in raw.get("rate_headers", ())),
        errors=ErrorSpec(tuple(errors.get("messages", ())), failure_rules(errors.get("rules", ()))),
        webhook=webhook(raw["webhook"]) if raw.get("webhook") else None,
        resources={
            key: Resource(key, item["title"], item.get("description", ""), tuple(item.get("keywords", ())))
            for key, item in raw["resources"].items()
        },
        operations=operations,
        folder=folder,
    )


def connection_test(raw: Raw) -> TestSpec:
    spec = request(raw["request"]) if raw.get("request") else None
    return TestSpec(spec, raw.get("label", ""), raw.get("run", ""))


def operation(connector_key: str, resource: str, key: str, raw: Raw) -> Operation:
    kind = OperationKind(raw["kind"])
    spec = request(raw["request"]) if raw.get("request") else None
    return Operation(
        id=f"{connector_key}.{resource}.{key}",
        connector=connector_key,
        resource=resource,
        key=key,
        kind=kind,
        title=raw["title"],
        description=raw["description"],
        keywords=tuple(raw.get("keywords", ())),
        featured=raw.get("featured", False),
        beta=raw.get("beta", False),
        certainty=raw.get("certainty", ""),
        idempotent=kind is not OperationKind.ACTION or raw.get("idempotent", False),
        reads=raw.get("reads", spec is not None and spec.method in ("GET", "HEAD")),
        pure=raw.get("pure", False),
        scopes=tuple(raw.get("scopes", ())),
        input_schema=_closed(raw.get("input_schema", EMPTY_SCHEMA)),
        output_schema=raw.get("output_schema", {}),
        sample_input=raw.get("sample_input", {}),
        sample=raw.get("sample"),
        request=spec,
        output=raw.get("output"),
        found=raw.get("found", ""),
        paging=paging(raw["paging"]) if raw.get("paging") else None,
        errors=failure_rules(raw.get("errors", ())),
        run=raw.get("run", ""),
        trigger=trigger(raw["trigger"]) if raw.get("trigger") else None,
    )


def _closed(schema: Raw) -> Raw:
    """Only the fields that it names, unless it says otherwise: a misspelt one must not be left out without a word."""
    return schema if _OPEN & schema.keys() else {**schema, "additionalProperties": False}


def auth_kind(raw: Raw) -> AuthKind:
    return AuthKind(
        key=raw["key"],
        kind=raw["kind"],
        title=raw.get("title", raw["key"].replace("_", " ").capitalize()),
        help=raw.get("help", ""),
        fields=raw.get("fields", EMPTY_SCHEMA),
        header=raw.get("header", "Authorization"),
        query=raw.get("query", ""),
        value=raw.get("value", "{{ connection.api_key }}"),
        authorize_url=raw.get("authorize_url", ""),
        token_url=raw.get("token_url", ""),
        scopes=tuple(raw.get("scopes", ())),
        pkce=raw.get("pkce", False),
        client_auth=raw.get("client_auth", "body"),
        options=raw.get("options", {}),
        values=raw.get("values", {}),
        accounts=accounts(raw["accounts"]) if raw.get("accounts") else None,
    )


def accounts(raw: Raw) -> AccountsSpec:
    return AccountsSpec(
        noun=raw.get("noun", "account"),
        when=raw["when"],
        request=request(raw["request"]),
        items=raw["items"],
        value=raw["value"],
        label=raw["label"],
        approved=raw.get("approved", ""),
        exchange=request(raw["exchange"]),
    )


def request(raw: Raw) -> RequestSpec:
    query = raw.get("query", ())
    return RequestSpec(
        method=raw["method"],
        path=raw["path"],
        base=raw.get("base", "default"),
        headers=raw.get("headers", {}),
        query=query if isinstance(query, Mapping) else tuple(query),
        body=raw.get("body", AUTO),
        encoding=raw.get("encoding", "json"),
    )


def paging(raw: Raw) -> PagingSpec:
    following = raw.get("next", {})
    return PagingSpec(
        kind=raw["kind"],
        items=raw.get("items", ""),
        page=raw.get("page", ""),
        offset=raw.get("offset", ""),
        size=raw.get("size", ""),
        page_size=raw.get("page_size", 0),
        first=raw.get("first", 1),
        next=following if isinstance(following, Mapping) else {},
        next_url=following if isinstance(following, str) else "",
        max_pages=raw.get("max_pages", 200),
        max_items=raw.get("max_items"),
    )


def failure_rules(raw: Any) -> tuple[FailureRule, ...]:
    return tuple(
        FailureRule(
            kind=item["kind"],
            statuses=_statuses(item.get("status", ())),
            when=item.get("when", ""),
            message=item.get("message", ""),
            remedy=item.get("remedy", ""),
        )
        for item in raw
    )


def _statuses(raw: Any) -> frozenset[int]:
    """403, "4xx" or a list of both → every status meant."""
    if isinstance(raw, int):
        return frozenset((raw,))
    if isinstance(raw, str):
        return frozenset(range(int(raw[0]) * 100, int(raw[0]) * 100 + 100))
    return frozenset(status for item in raw for status in _statuses(item))


def trigger(raw: Raw) -> TriggerSpec:
    looked_at = raw if raw["mode"] == "poll" else raw.get("reconcile")
    return TriggerSpec(
        mode=raw["mode"],
        event=raw.get("event", ""),
        output=raw.get("output"),
        dedupe=raw.get("dedupe", ""),
        where=tuple(WhereRule(**rule) for rule in raw.get("where", ())),
        together=raw.get("together", ""),
        poll=poll(looked_at) if looked_at else None,
        run=raw.get("run", ""),
    )


def poll(raw: Raw) -> PollSpec:
    digest = raw.get("digest", False)
    return PollSpec(
        key=raw["key"],
        request=request(raw["request"]) if raw.get("request") else None,
        items=raw.get("items", ""),
        interval_seconds=raw.get("interval_seconds", 300),
        lookback_seconds=raw.get("lookback_seconds", 86_400),
        paging=paging(raw["paging"]) if raw.get("paging") else None,
        when=raw.get("when", ""),
        digest=tuple(digest) if isinstance(digest, list) else digest,
        emit=raw.get("emit", "new"),
        output=raw.get("output"),
        newest_first=raw.get("newest_first", False),
        needs=tuple(raw.get("needs", ())),
        only_changes=raw.get("only_changes", False),
    )


def webhook(raw: Raw) -> WebhookSpec:
    probe = raw.get("probe")
    expand = raw.get("expand")
    if isinstance(expand, str):
        expand = {"items": expand}
    return WebhookSpec(
        verify=verify(raw["verify"]),
        event=raw["event"],
        probe=ProbeSpec(tuple(probe.get("methods", ())), probe.get("empty", False), probe.get("when", ""))
        if probe
        else None,
        dedupe=raw.get("dedupe", ""),
        timestamp=raw.get("timestamp", ""),
        max_age_seconds=raw.get("max_age_seconds", 300),
        accepted_status=raw.get("accepted_status", 202),
        match=tuple(MatchRule(item["payload"], item["connection"]) for item in raw.get("match", ())),
        expand=ExpandSpec(expand["items"], expand.get("as", "item")) if expand else None,
    )


def verify(raw: Raw) -> VerifySpec:
    return VerifySpec(
        kind=raw["kind"],
        header=raw.get("header", ""),
        key=raw.get("key", raw.get("value", "")),
        default_key=raw.get("default_key", ""),
        prefix=raw.get("prefix", ""),
        encoding=raw.get("encoding", "hex"),
        enabled=raw.get("enabled", ""),
        fallback=verify(raw["fallback"]) if raw.get("fallback") else None,
    )
