"""What an answer, or the lack of one, means: the failure table.

| answer                                             | kind                                      |
|----------------------------------------------------|-------------------------------------------|
| 2xx                                                | success                                   |
| 401                                                | auth                                      |
| 403                                                | config                                    |
| 429                                                | rate_limited                              |
| 408, 425                                           | transient                                 |
| 5xx                                                | transient; uncertain after a plain write  |
| other 4xx                                          | rejected                                  |
| anything else                                      | config: never retried                     |
| could not connect                                  | transient                                 |
| no answer in time, connection lost                 | transient; uncertain after a plain write  |
| address not allowed, bad address, bad certificate  | config                                    |

Without a connection no log-in can be refused: 401 is config, and so is what a rule calls auth.
A plain write is an action that is not idempotent. Rules of the operation, then of the manifest, come before the table.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from connectors._kit.context import Answer
from connectors._kit.errors import ExpressionError, Failure, FailureKind
from connectors._kit.expressions import Template, compile_template
from connectors._kit.model import Connector, Effect, FailureRule, Operation
from connectors._kit.values import as_text

NOT_FOUND = "not_found"
OK = "ok"

_USUAL_MESSAGES = (
    "{{ response.message }}",
    "{{ response.error.message }}",
    "{{ response.error_description }}",
    "{{ response.error }}",
    "{{ response.errors }}",
    "{{ response.detail }}",
    "{{ response.title }}",
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """`failure` is None for success; `found` is False when a rule says that nothing was found."""

    failure: Failure | None = None
    found: bool | None = None


_SUCCESS = Verdict()


@dataclass(frozen=True, slots=True)
class _Rule:
    rule: FailureRule
    when: Template | None
    message: Template | None
    own: bool
    """The operation's own rule: trusted also about 5xx answers to plain writes."""


class FailureTable:
    """The compiled rules of one operation (or of a connector's test when `operation` is None)."""

    def __init__(self, connector: Connector, operation: Operation | None = None) -> None:
        self._name = connector.name
        self._takes_log_in = connector.needs_connection
        self._logs_in = True
        self._action = operation.title if operation else "The connection test"
        self._scopes = operation.scopes if operation else ()
        self._effect: Effect = operation.effect if operation else "read"
        own = [_compiled(rule, True) for rule in (operation.errors if operation else ())]
        self._rules = [*own, *(_compiled(rule, False) for rule in connector.errors.rules)]
        self._messages = [compile_template(text) for text in (connector.errors.messages or _USUAL_MESSAGES)]

    def named(self, name: str) -> FailureTable:
        """The same table speaking of another service: for operations that call any address."""
        table = copy(self)
        table._name = name
        return table

    def for_reading(self) -> FailureTable:
        """The same table for a request that changes nothing."""
        table = copy(self)
        table._effect = "read"
        return table

    def without_connection(self) -> FailureTable:
        """The same table for a call that has no log-in to send."""
        table = copy(self)
        table._logs_in = False
        return table

    def judge(self, answer: Answer, scope: Mapping[str, Any], now: datetime) -> Verdict:
        """`scope` holds response, status, headers, input and connection."""
        for entry in self._rules:
            rule = entry.rule
            if rule.statuses and answer.status not in rule.statuses:
                continue
            if entry.when is not None and not _holds(entry.when, scope):
                continue
            if rule.kind == OK:
                return _SUCCESS
            if rule.kind == NOT_FOUND:
                return Verdict(found=False)
            kind = FailureKind(rule.kind)
            if kind is FailureKind.TRANSIENT and not entry.own:
                kind = self._unless_plain_write(kind) if answer.status >= 500 else kind
            message = _rendered(entry.message, scope) if entry.message else ""
            return Verdict(self._failure(kind, answer, scope, now, message, rule.remedy))
        kind_by_table = self._by_status(answer.status)
        if kind_by_table is None:
            return _SUCCESS
        return Verdict(self._failure(kind_by_table, answer, scope, now))

    def _by_status(self, status: int) -> FailureKind | None:
        if 200 <= status < 300:
            return None
        if status == 401:
            return FailureKind.AUTH
        if status == 429:
            return FailureKind.RATE_LIMITED
        if status in (408, 425):
            return FailureKind.TRANSIENT
        if status >= 500:
            return self._unless_plain_write(FailureKind.TRANSIENT)
        if status == 403 or status < 400:
            return FailureKind.CONFIG
        return FailureKind.REJECTED

    def _unless_plain_write(self, kind: FailureKind) -> FailureKind:
        return FailureKind.UNCERTAIN if self._effect == "write" else kind

    def _failure(
        self,
        kind: FailureKind,
        answer: Answer,
        scope: Mapping[str, Any],
        now: datetime,
        message: str = "",
        remedy: str = "",
    ) -> Failure:
        said = next((text for text in (_rendered(template, scope) for template in self._messages) if text), "")
        if not self._logs_in and (kind is FailureKind.AUTH or (kind is FailureKind.CONFIG and answer.status == 403)):
            kind, message, remedy = FailureKind.CONFIG, self._wants_log_in(kind, said), self._add_log_in()
        waits = kind in (FailureKind.RATE_LIMITED, FailureKind.TRANSIENT)
        return Failure(
            kind,
            message or self._sentence(kind, answer.status, said),
            detail=f"HTTP {answer.status} from {answer.url.partition('?')[0]}: {said or as_text(answer.body)[:500]}",
            status=answer.status,
            retry_after=retry_after(answer.headers, now) if waits else None,
            remedy=remedy or self._remedy(kind),
        )

    def _sentence(self, kind: FailureKind, status: int, said: str) -> str:
        name = self._name
        quoted = f" {name} says: {said}" if said else ""
        match kind:
            case FailureKind.AUTH:
                return f"{name} does not accept the log-in of this connection.{quoted}"
            case FailureKind.CONFIG if status == 403:
                return f"{name} does not permit this to the connection's account.{quoted}"
            case FailureKind.CONFIG:
                return f"{name} gave an answer that is not understood (HTTP {status}).{quoted}"
            case FailureKind.RATE_LIMITED:
                return f"{name} is getting too many requests.{quoted}"
            case FailureKind.TRANSIENT:
                return f"{name} has a problem at the moment (HTTP {status}).{quoted}"
            case FailureKind.UNCERTAIN:
                return f"{name} did not say clearly whether “{self._action}” was done (HTTP {status}).{quoted}"
        return f"{name} refused the request (HTTP {status})." if not said else f"{name} refused the request: {said}"

    def _remedy(self, kind: FailureKind) -> str:
        name = self._name
        match kind:
            case FailureKind.AUTH:
                return "Open the connection, renew its log-in and test it."
            case FailureKind.CONFIG:
                scopes = f" “{self._action}” needs {', '.join(self._scopes)}." if self._scopes else ""
                return f"Check the permissions and settings of the connection and of your {name} account.{scopes}"
            case FailureKind.RATE_LIMITED | FailureKind.TRANSIENT:
                return "Nothing to do: Stepline waits and tries again."
            case FailureKind.UNCERTAIN:
                return f"Look in {name} whether it was done, then choose “done” or “try again”."
        return "Correct the values of this step and run it again."

    def _wants_log_in(self, kind: FailureKind, said: str) -> str:
        wish = "asks for a log-in" if kind is FailureKind.AUTH else "does not permit this without a log-in"
        return f"{self._name} {wish}." + (f" {self._name} says: {said}" if said else "")

    def _add_log_in(self) -> str:
        if not self._takes_log_in:
            return "Use an address that asks for none."
        return "Choose or add a connection in this step, publish, then run it again."

    def no_answer(self, error: BaseException, *, sent: bool, detail: str) -> Failure:
        """For a request without an answer. `sent` = it may have reached the service."""
        if sent:
            kind = self._unless_plain_write(FailureKind.TRANSIENT)
            message = f"{self._name} did not answer in time or broke off the connection."
            if kind is FailureKind.UNCERTAIN:
                message += f" “{self._action}” may or may not have been done."
            return Failure(kind, message, detail, remedy=self._remedy(kind))
        if _bad_certificate(error):
            return Failure(
                FailureKind.CONFIG,
                f"The certificate of {self._name} cannot be trusted, so nothing was sent.",
                detail,
                remedy="Check the address. For a server of your own install a valid certificate.",
            )
        kind = FailureKind.TRANSIENT
        return Failure(kind, f"{self._name} could not be reached.", detail, remedy=self._remedy(kind))


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds to wait by the Retry-After header, given in seconds or as a date; None without a readable one."""
    text = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return float(text)
    if not text:
        return None
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=now.tzinfo)
    return max((until - now).total_seconds(), 0.0)


def _compiled(rule: FailureRule, own: bool) -> _Rule:
    return _Rule(
        rule,
        compile_template(rule.when) if rule.when else None,
        compile_template(rule.message) if rule.message else None,
        own,
    )


def _holds(when: Template, scope: Mapping[str, Any]) -> bool:
    try:
        return bool(when.render(scope))
    except ExpressionError:
        return False


def _rendered(template: Template, scope: Mapping[str, Any]) -> str:
    try:
        return _said(template.render(scope))
    except ExpressionError:
        return ""


def _said(value: Any) -> str:
    """A service's message as one line: lists joined, objects by their message."""
    if isinstance(value, Mapping):
        inner = value.get("message") or value.get("msg") or value.get("detail")
        field = value.get("field")
        text = _said(inner) if inner else "; ".join(f"{key}: {_said(item)}" for key, item in value.items())
        return f"{field}: {text}" if inner and isinstance(field, str) else text
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "; ".join(text for text in map(_said, value) if text)
    return as_text(value).strip()[:500]


def _bad_certificate(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False
