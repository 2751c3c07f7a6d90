"""OAuth 2 as manifests describe it: the authorization-code flow, and the renewal of what it gave.

Authlib writes the protocol's messages; they travel through the same guarded client as every other request.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx

from connectors._kit.context import Answer
from connectors._kit.errors import ExpressionError, Failure, FailureKind, OperationFailed
from connectors._kit.expressions import compile_template
from connectors._kit.failures import FailureTable, retry_after
from connectors._kit.model import AccountsSpec, AuthKind, Connector, RequestSpec
from connectors._kit.outgoing import Outgoing, RequestPlan
from connectors._kit.paging import as_list
from connectors._kit.redact import Redactor
from connectors._kit.sending import NoAnswer, Sender
from connectors._kit.values import as_text

Values = Mapping[str, Any]
RECONNECT = "Open the connection and connect again."
_SECRETS = frozenset(("access_token", "refresh_token", "id_token"))


@dataclass(frozen=True, slots=True)
class Token:
    """What a service handed out. `scopes`: None when it does not say; `facts`: the rest of its answer, no secrets."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    """"" when there is none: then nothing can be renewed."""
    expires_in: float | None
    """Seconds; None = it does not say."""
    scopes: tuple[str, ...] | None
    facts: Mapping[str, Any]


class OAuth:
    """`values` are always those of the connection. Everything that asks the service raises OperationFailed: auth when
    it refused for good, transient or rate_limited when it may work later."""

    def __init__(self, http: httpx.AsyncClient, clock: Callable[[], datetime]) -> None:
        self._sender = Sender(http, clock)
        self._clock = clock

    async def exchange(
        self, connector: Connector, auth: AuthKind, values: Values, *, code: str, redirect_uri: str, verifier: str
    ) -> Token:
        """The token for the code that came back; `verifier` is "" without PKCE."""
        return await self._ask(
            connector,
            auth,
            values,
            {},
            "authorization_code",
            {"code": code, "redirect_uri": redirect_uri, "code_verifier": verifier},
        )

    async def refresh(self, connector: Connector, auth: AuthKind, values: Values, facts: Values) -> Token:
        """A new token for the connection's refresh token, which most services accept only once.

        `facts` are those of the token before. The answer's refresh token is the old one when it gave no new one.
        """
        old = as_text(values.get("refresh_token"))
        return await self._ask(connector, auth, values, facts, "refresh_token", {"refresh_token": old})

    async def accounts(
        self, connector: Connector, auth: AuthKind, values: Values, facts: Values
    ) -> list[dict[str, Any]]:
        """The accounts that the connection's token may be narrowed down to: [{"value", "label"}]."""
        spec = _accounts(auth)
        scope = {"connection": values, "token": facts, "input": {}}
        try:
            answer = await self._call(connector, spec.request, scope, values)
        except OperationFailed:
            approved = compile_template(spec.approved).render(scope, omit_missing=True) if spec.approved else None
            if not approved:
                raise
            return [{"value": as_text(one), "label": as_text(one)} for one in as_list(approved)]
        rows = compile_template(spec.items).render({**scope, "response": answer.body}, omit_missing=True)
        value, label = compile_template(spec.value), compile_template(spec.label)
        entries = ({"connection": values, "token": facts, "item": row} for row in as_list(rows))
        return [{"value": as_text(value.render(one)), "label": as_text(label.render(one))} for one in entries]

    async def account_token(
        self, connector: Connector, auth: AuthKind, values: Values, facts: Values, account: str
    ) -> Token:
        """The token for one account, in exchange for the connection's token for all of them."""
        scope = {"connection": values, "token": facts, "account": account, "input": {}}
        return _token(await self._call(connector, _accounts(auth).exchange, scope, values), connector, "")

    async def _ask(
        self,
        connector: Connector,
        auth: AuthKind,
        values: Values,
        facts: Values,
        grant: str,
        parameters: Mapping[str, str],
    ) -> Token:
        # Authlib takes a moment to load, and most servers never need it.
        from authlib.oauth2.auth import ClientAuth
        from authlib.oauth2.rfc6749.parameters import prepare_token_request

        extra = _parameters(auth, "token", values, facts)
        body = prepare_token_request(grant, **parameters, **extra)
        method = "client_secret_post" if auth.client_auth == "body" else "client_secret_basic"
        client = ClientAuth(values.get("client_id", ""), values.get("client_secret", ""), method)
        headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
        url, headers, body = client.prepare("POST", token_url(connector, auth, values), headers, body)
        answer = await self._send(connector, Outgoing("POST", url, headers, body=body.encode()), values)
        if answer.status >= 400 or not isinstance(answer.body, Mapping) or answer.body.get("error"):
            raise OperationFailed(_refusal(connector, answer, self._clock()))
        return _token(answer, connector, parameters.get("refresh_token", ""))

    async def _call(self, connector: Connector, spec: RequestSpec, scope: Values, values: Values) -> Answer:
        """A request with the connection's own token."""
        try:
            outgoing = RequestPlan(spec, connector).build(scope)
        except ExpressionError as error:
            message = f"{connector.name} did not say all that is needed to choose an account."
            raise OperationFailed(Failure(FailureKind.CONFIG, message, str(error))) from error
        outgoing.set_header("Authorization", f"Bearer {as_text(values.get('access_token'))}")
        answer = await self._send(connector, outgoing, values)
        judged = {**scope, "response": answer.body, "status": answer.status, "headers": {}}
        verdict = FailureTable(connector).judge(answer, judged, self._clock())
        if verdict.failure is not None:
            raise OperationFailed(verdict.failure)
        return answer

    async def _send(self, connector: Connector, outgoing: Outgoing, values: Values) -> Answer:
        redactor = Redactor([text for name in _SECRETS if (text := as_text(values.get(name)))])
        try:
            answer, _ = await self._sender.send(outgoing, redactor, connector.timeout_seconds)
        except NoAnswer as error:
            detail = error.exchange.error
            raise OperationFailed(FailureTable(connector).no_answer(error.cause, sent=False, detail=detail)) from error
        return answer


def authorize_url(
    auth: AuthKind, values: Values, *, redirect_uri: str, state: str, verifier: str, scopes: tuple[str, ...]
) -> str:
    """Where the browser goes to sign in. `verifier` is "" without PKCE."""
    # Authlib takes a moment to load, and most servers never need it.
    from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
    from authlib.oauth2.rfc7636 import create_s256_code_challenge

    extra = _parameters(auth, "authorize", values, {})
    if verifier:
        extra |= {"code_challenge": create_s256_code_challenge(verifier), "code_challenge_method": "S256"}
    url: str = prepare_grant_uri(
        as_text(values.get("authorize_url")) or auth.authorize_url,
        client_id=as_text(values.get("client_id")),
        response_type="code",
        redirect_uri=redirect_uri,
        scope=list(scopes) or None,
        state=state,
        **extra,
    )
    return url


def token_url(connector: Connector, auth: AuthKind, values: Values) -> str:
    """A path lies below the connector's default address, which a connection may have changed."""
    if not auth.token_url.startswith("/"):
        return auth.token_url
    base = as_text(values.get("base_url")) or connector.base_urls.get("default", "")
    return base.rstrip("/") + auth.token_url


def needs_account(auth: AuthKind, facts: Values) -> bool:
    """Whether a token with these facts is for all accounts and has to be narrowed down to one."""
    if auth.accounts is None:
        return False
    try:
        return bool(compile_template(auth.accounts.when).render({"token": facts}))
    except ExpressionError:
        return False


def values_of(auth: AuthKind, facts: Values) -> dict[str, str]:
    """The connection's own fields that the token says."""
    found = compile_template(dict(auth.values)).render({"token": facts}, omit_missing=True)
    return {name: text for name, value in found.items() if (text := as_text(value))}


def _accounts(auth: AuthKind) -> AccountsSpec:
    if auth.accounts is None:
        raise OperationFailed(Failure(FailureKind.CONFIG, "There is no account to choose with this kind of log-in."))
    return auth.accounts


def _parameters(auth: AuthKind, place: str, values: Values, facts: Values) -> dict[str, str]:
    """The manifest's extra parameters; never one that the protocol sets itself."""
    scope = {"connection": values, "token": facts}
    rendered = compile_template(dict(auth.options.get(place, {}))).render(scope, omit_missing=True)
    return {name: as_text(value) for name, value in rendered.items() if value is not None}


def _token(answer: Answer, connector: Connector, old_refresh_token: str) -> Token:
    body = answer.body if isinstance(answer.body, Mapping) else {}
    access_token = body.get("access_token")
    if not isinstance(access_token, str) or not access_token:
        message = f"{connector.name} answered without a token."
        raise OperationFailed(Failure(FailureKind.CONFIG, message, f"HTTP {answer.status}", remedy=RECONNECT))
    scope, lifetime = body.get("scope"), body.get("expires_in")
    return Token(
        access_token,
        as_text(body.get("refresh_token")) or old_refresh_token,
        _seconds(lifetime),
        tuple(scope.replace(",", " ").split()) if isinstance(scope, str) else None,
        {name: value for name, value in body.items() if name not in _SECRETS},
    )


def _seconds(value: Any) -> float | None:
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        return None
    return seconds if seconds > 0 else None


def _refusal(connector: Connector, answer: Answer, now: datetime) -> Failure:
    body = answer.body if isinstance(answer.body, Mapping) else {}
    code, said = as_text(body.get("error")), as_text(body.get("error_description") or body.get("message"))
    detail = f"HTTP {answer.status} {code}".strip()
    if answer.status == 429 or code == "slow_down":
        message = f"{connector.name} is getting too many requests."
        return Failure(FailureKind.RATE_LIMITED, message, detail, answer.status, retry_after(answer.headers, now))
    if answer.status >= 500 or answer.status in (408, 425) or code == "temporarily_unavailable":
        message = f"{connector.name} has a problem at the moment (HTTP {answer.status})."
        return Failure(FailureKind.TRANSIENT, message, detail, answer.status)
    quoted = f" {connector.name} says: {said or code}" if said or code else ""
    message = f"{connector.name} does not accept the sign-in any more.{quoted}"
    return Failure(FailureKind.AUTH, message[:600], detail, answer.status, remedy=RECONNECT)
