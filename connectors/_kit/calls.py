"""One operation being carried out: builds and sends its requests, judges the answers, remembers the exchanges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from connectors._kit.auth import Apply
from connectors._kit.context import Answer, Pace
from connectors._kit.errors import (
    EgressRefused,
    ExpressionError,
    Failure,
    FailureKind,
    InputInvalid,
    MissingValue,
    OperationFailed,
    Problem,
)
from connectors._kit.exchange import Exchange
from connectors._kit.failures import FailureTable
from connectors._kit.model import Connector
from connectors._kit.outgoing import Outgoing, RequestPlan
from connectors._kit.redact import Redactor
from connectors._kit.sending import AnswerTooLarge, NoAnswer, Sender

Scope = dict[str, Any]


class Simulated(Exception):
    """Raised inside a Python function operation instead of sending a write in a dry run."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A good answer. `scope` is what output templates see; `found` is False when a rule says so."""

    answer: Answer
    scope: Scope
    found: bool | None = None


@dataclass(slots=True)
class Call:
    """State of one call; used once."""

    connector: Connector
    sender: Sender
    failures: FailureTable
    redactor: Redactor
    log_in: Apply
    scope: Scope
    now: datetime
    key_header: str
    exchanges: list[Exchange]
    pace: Pace | None = None

    @property
    def values(self) -> Mapping[str, Any]:
        """The connection's values."""
        values: Mapping[str, Any] = self.scope["connection"]
        return values

    def build(self, plan: RequestPlan) -> Outgoing:
        """The request, log-in not yet applied. Raises InputInvalid or OperationFailed for missing values."""
        try:
            return plan.build(self.scope)
        except ExpressionError as error:
            raise self._not_buildable(error) from error

    async def ask(self, outgoing: Outgoing) -> Reply:
        """Sends with log-in, judges the answer. Raises OperationFailed."""
        request = self.complete(outgoing)
        await self.turn()
        try:
            answer, exchange = await self.sender.send(request, self.redactor, self.connector.timeout_seconds)
        except NoAnswer as error:
            raise self.failed_without_answer(error) from error
        self.exchanges.append(exchange)
        self.answered(answer)
        return self.judge(answer)

    async def turn(self) -> None:
        """Returns when a request may be sent. Raises OperationFailed, with the exchanges so far."""
        if self.pace is None:
            return
        try:
            await self.pace.turn()
        except OperationFailed as error:
            raise OperationFailed(error.failure, self.exchanges) from error

    def answered(self, answer: Answer) -> None:
        if self.pace is not None:
            self.pace.answered(answer.headers)

    def judge(self, answer: Answer, failures: FailureTable | None = None) -> Reply:
        """Raises OperationFailed when the answer means a failure, by this table or the operation's."""
        scope = self.answer_scope(answer)
        verdict = (failures or self.failures).judge(answer, scope, self.now)
        if verdict.failure is not None:
            failure = verdict.failure
            if failure.kind is FailureKind.RATE_LIMITED and self.pace is not None:
                self.pace.refused(failure.retry_after)
            clean = replace(
                failure, message=self.redactor.text(failure.message), detail=self.redactor.text(failure.detail)
            )
            raise OperationFailed(clean, self.exchanges)
        return Reply(answer, scope, verdict.found)

    def answer_scope(self, answer: Answer) -> Scope:
        headers = {name.replace("-", "_"): value for name, value in answer.headers.items()}
        return {**self.scope, "response": answer.body, "status": answer.status, "headers": headers}

    def simulate(self, outgoing: Outgoing) -> None:
        """Records the request as it would be sent."""
        self.exchanges.append(self.sender.simulate(self.complete(outgoing), self.redactor))

    def complete(self, outgoing: Outgoing) -> Outgoing:
        """A copy with log-in and idempotency key; the original can be used for the next page."""
        request = replace(outgoing, headers=dict(outgoing.headers), query=list(outgoing.query))
        self.log_in(request, self.values)
        if self.key_header:
            request.set_header(self.key_header, str(self.scope["idempotency_key"]))
        return request

    def failed_without_answer(self, error: NoAnswer, failures: FailureTable | None = None) -> OperationFailed:
        self.exchanges.append(error.exchange)
        detail = error.exchange.error
        if isinstance(error.cause, EgressRefused):
            remedy = "If this address is meant, an administrator can add it to the allowed addresses."
            failure = Failure(FailureKind.CONFIG, self.redactor.text(str(error.cause)), detail, remedy=remedy)
        elif isinstance(error.cause, AnswerTooLarge):
            message = f"The answer of {self.connector.name} is too large to be used."
            failure = Failure(FailureKind.CONFIG, message, detail, remedy="Ask for less at a time.")
        elif _bad_address(error.cause):
            message = "The address of the request is not a web address that can be called."
            failure = Failure(FailureKind.CONFIG, message, detail, remedy="Correct the address.")
        else:
            failure = (failures or self.failures).no_answer(error.cause, sent=error.sent, detail=detail)
        return OperationFailed(failure, self.exchanges)

    def unexpected(self, error: ExpressionError) -> OperationFailed:
        """For an answer that came but has not the form the operation counts on."""
        message = f"{self.connector.name} gave an answer of an unexpected form."
        failure = Failure(
            FailureKind.CONFIG,
            message,
            detail=self.redactor.text(str(error)),
            status=_last_status(self.exchanges),
            remedy="Look at the answer below. If it stays like this, the connector needs a correction.",
        )
        return OperationFailed(failure, self.exchanges)

    def _not_buildable(self, error: ExpressionError) -> Exception:
        if isinstance(error, MissingValue):
            source, _, name = error.name.partition(".")
            if source == "input":
                return InputInvalid([Problem("", f"/{name.replace('.', '/')}", f"“{name}” is required.")])
            if source == "connection":
                message = f"The connection to {self.connector.name} lacks “{name}”."
                failure = Failure(FailureKind.CONFIG, message, remedy="Open the connection and complete it.")
                return OperationFailed(failure, self.exchanges)
        return InputInvalid([Problem("", "", str(error))])


def _bad_address(cause: Exception) -> bool:
    return type(cause).__name__ == "UnsupportedProtocol"


def _last_status(exchanges: Sequence[Exchange]) -> int | None:
    response = exchanges[-1].response if exchanges else None
    return None if response is None else int(response["status"])
