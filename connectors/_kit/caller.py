"""Carries out operations: the one class the engine talks to.

    caller = Caller(registry, http, clock)
    result = await caller.execute(operation, {"email": "ada@example.com"}, credentials, idempotency_key="run-1/add")

Everything an operation needs is compiled at its first call and kept. The HTTP client and the clock are passed in;
see `egress.open_client` for a client that cannot be aimed at internal networks.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from datetime import datetime, timedelta
from typing import Any

import httpx

from connectors._kit.calls import Call, Reply, Simulated
from connectors._kit.context import Context, Credentials, Pace, PolledItem, Result
from connectors._kit.doors import ConnectFor, Doors, StoreFor, TalkFor
from connectors._kit.errors import ExpressionError, Failure, FailureKind, OperationFailed, UnusableValue
from connectors._kit.function_calls import SendFor
from connectors._kit.functions import Plain
from connectors._kit.model import Connector, Operation, OperationKind
from connectors._kit.outgoing import Outgoing
from connectors._kit.paging import as_list
from connectors._kit.plans import ConnectorPlan, OperationPlan
from connectors._kit.redact import Redactor, secret_values
from connectors._kit.registry import Registry
from connectors._kit.results import entry_of, result_of, was_found
from connectors._kit.sending import Sender
from connectors._kit.values import as_text

Input = Mapping[str, Any]
Paces = Callable[[Credentials | None], Pace | None]


class Caller:
    """Safe to use from many tasks of one event loop at once.

    `paces` gives what keeps a connection's requests within its service's limits; None = nothing limits it.
    """

    def __init__(
        self,
        registry: Registry,
        http: httpx.AsyncClient,
        clock: Callable[[], datetime],
        paces: Paces = lambda _: None,
        doors: Doors | None = None,
    ) -> None:
        self.registry = registry
        self._doors = doors or Doors()
        self._paces = paces
        self._clock = clock
        self._sender = Sender(http, clock)
        self._connectors: dict[str, ConnectorPlan] = {}
        self._operations: dict[str, OperationPlan] = {}

    async def execute(
        self,
        operation: Operation,
        input: Input,
        credentials: Credentials | None,
        *,
        idempotency_key: str,
        dry_run: bool = False,
        pace: Pace | None = None,
        workflow_id: str = "",
    ) -> Result:
        """Runs an action, search or pure operation once; at the caller's own `pace`, where it has one already.

        `workflow_id` is that of the workflow for which it is run, if any.

        Raises InputInvalid before anything is sent, OperationFailed afterwards. In a dry run reads are made and
        writes only shown: the result is then the operation's sample, with the request that would be sent.
        """
        plan = self._plan(operation)
        values = plan.input_schema.accept(input)
        if plan.computation is not None:
            return _computed(plan.computation, values)
        call = self._call(plan, values, credentials, idempotency_key, pace)
        only_show = dry_run and operation.effect.endswith("write")
        if operation.run:
            return await self._run(plan, call, values, credentials, dry_run, only_show, workflow_id)
        outgoing = call.build(plan.request)
        if only_show:
            call.simulate(outgoing)
            return Result(operation.sample, tuple(call.exchanges), simulated=True)
        if plan.paging is not None:
            return await self._collect(plan, call, outgoing)
        return result_of(plan, call, await call.ask(outgoing))

    async def test(self, connector: Connector, credentials: Credentials) -> Result:
        """Proves that a connection works; output {"label": the account's name or ""}. Raises OperationFailed."""
        plan = self._connector(connector)
        call = self._bare_call(plan, credentials)
        if (own := plan.own_test) is not None:
            return await self._run(own, self._call(own, {}, credentials, ""), {}, credentials, False, False)
        if plan.test is None:
            plan.log_in(credentials.auth)
            return Result({"label": ""})
        request, label = plan.test
        reply = await call.ask(call.build(request))
        try:
            text = as_text(label.render(reply.scope, omit_missing=True))
        except ExpressionError:
            text = ""
        return Result({"label": text}, tuple(call.exchanges))

    async def options(
        self, operation: Operation, input: Input, credentials: Credentials | None
    ) -> list[dict[str, Any]]:
        """All entries of a dropdown: [{"value", "label"}], with the JSON Schema as "field" where they stand for fields.

        Raises InputInvalid or OperationFailed.
        """
        plan = self._plan(operation)
        values = plan.input_schema.accept(input)
        call = self._call(plan, values, credentials, "")
        if operation.run:
            result = await self._run(plan, call, values, credentials, False, False)
            return list(result.output)
        entries: list[dict[str, Any]] = []
        async for scope, rows in self._pages(plan, call):
            for row in rows:
                try:
                    entries.append(entry_of(plan, {**scope, "item": row}))
                except ExpressionError as error:
                    raise call.unexpected(error) from error
        return entries

    async def poll(
        self, operation: Operation, input: Input, credentials: Credentials | None, *, last: datetime | None = None
    ) -> list[PolledItem]:
        """All rows of `poll_pages`, each key once."""
        items: dict[str, PolledItem] = {}
        async for page in self.poll_pages(operation, input, credentials, last=last):
            for item in page:
                items.setdefault(item.key, item)
        return list(items.values())

    async def poll_pages(
        self,
        operation: Operation,
        input: Input,
        credentials: Credentials | None,
        *,
        last: datetime | None = None,
        pace: Pace | None = None,
    ) -> AsyncGenerator[list[PolledItem], None]:
        """The rows of a polling trigger's list, page by page, in the service's order; a key may come again.

        `last` is when the last look began that was finished, None for the first look. Raises InputInvalid or
        OperationFailed; also when the list is longer than the page limit, since rows that were never seen would be
        lost without a word.
        """
        plan = self._plan(operation)
        values = plan.input_schema.accept(input)
        call = self._call(plan, values, credentials, "", pace)
        since = (last or call.now) - timedelta(seconds=plan.poll.lookback_seconds)
        call.scope |= {"since": since.isoformat().replace("+00:00", "Z"), "first": last is None}
        own = operation.trigger is not None and operation.trigger.run
        pages = self._own_rows(plan, call, values, credentials) if own else self._pages(plan, call, complete=True)
        async with aclosing(pages):
            async for scope, rows in pages:
                try:
                    found = [plan.polled.item(row, scope) for row in rows]
                except ExpressionError as error:
                    raise call.unexpected(error) from error
                yield [item for item in found if item is not None]

    async def due(self, operation: Operation, input: Input, *, idempotency_key: str, workflow_id: str) -> Any:
        """The data of an event of a schedule trigger with a function of its own, None when there is no event.

        The same key gives the same data again. Raises InputInvalid or OperationFailed.
        """
        plan = self._plan(operation)
        values = plan.input_schema.accept(input)
        call = self._call(plan, values, None, idempotency_key)
        return (await self._run(plan, call, values, None, False, False, workflow_id)).output

    async def _own_rows(
        self, plan: OperationPlan, call: Call, input: Input, credentials: Credentials | None
    ) -> AsyncGenerator[tuple[Mapping[str, Any], list[Any]], None]:
        """What the function of a polling trigger gives, in the form of `_pages`."""
        result = await self._run(plan, call, input, credentials, False, False)
        yield call.scope, as_list(result.output)

    def _plan(self, operation: Operation) -> OperationPlan:
        plan = self._operations.get(operation.id)
        if plan is None or plan.operation is not operation:
            plan = OperationPlan(operation, self._connector(self.registry.connector(operation.connector)))
            self._operations[operation.id] = plan
        return plan

    def _connector(self, connector: Connector) -> ConnectorPlan:
        plan = self._connectors.get(connector.key)
        if plan is None or plan.connector is not connector:
            plan = self._connectors[connector.key] = ConnectorPlan(connector)
        return plan

    def _call(
        self, plan: OperationPlan, input: Input, credentials: Credentials | None, key: str, pace: Pace | None = None
    ) -> Call:
        connector = plan.connector
        call = self._bare_call(connector, credentials, pace)
        call.failures = plan.failures if credentials else plan.failures.without_connection()
        call.scope["input"] = input
        call.scope["idempotency_key"] = key
        call.key_header = connector.connector.idempotency_header if plan.sends_key else ""
        return call

    def _bare_call(self, plan: ConnectorPlan, credentials: Credentials | None, pace: Pace | None = None) -> Call:
        if credentials and credentials.connector != plan.connector.key:
            raise _no_connection(plan.connector)  # never show one service another one's log-in
        values: Mapping[str, Any] = credentials.values if credentials else {}
        auth = credentials.auth if credentials else ""
        if credentials is None and not plan.connector.works_without_connection:
            raise _no_connection(plan.connector)
        return Call(
            connector=plan.connector,
            sender=self._sender,
            failures=plan.failures,
            redactor=Redactor(secret_values(values, plan.secrets.get(auth, ()))),
            log_in=plan.log_in(auth) if credentials and plan.connector.auth else _no_log_in,
            scope={"input": {}, "connection": values, "idempotency_key": "", "now": self._clock().isoformat()},
            now=self._clock(),
            key_header="",
            exchanges=[],
            pace=pace or self._paces(credentials),
        )

    async def _pages(
        self, plan: OperationPlan, call: Call, *, complete: bool = False
    ) -> AsyncGenerator[tuple[Mapping[str, Any], list[Any]], None]:
        """(scope, rows) of every page. `complete`: raise when the page limit cuts the list off."""
        outgoing = call.build(plan.request)
        try:
            pages = plan.paging.begin(outgoing) if plan.paging else None
            more = True
            while more:
                reply = await call.ask(pages.outgoing if pages else outgoing)
                rows = pages.items(reply.scope) if pages else as_list(plan.items.render(reply.scope, omit_missing=True))
                yield reply.scope, rows
                more = pages is not None and pages.advance(reply.scope, rows)
        except ExpressionError as error:
            raise call.unexpected(error) from error
        if complete and pages is not None and pages.cut_off:
            message = f"The list has more than {pages.count} pages, more than Stepline fetches at a time."
            raise OperationFailed(Failure(FailureKind.CONFIG, message, remedy="Narrow the list down."))

    async def _collect(self, plan: OperationPlan, call: Call, outgoing: Outgoing) -> Result:
        """An action or search over several pages: `items` in its output template are the rows of all of them."""
        assert plan.paging is not None  # noqa: S101 - the caller looked
        try:
            limit = int(plan.max_items.render(call.scope))
            pages = plan.paging.begin(outgoing)
            rows: list[Any] = []
            more = True
            while more:
                reply = await call.ask(pages.outgoing)
                if reply.found is False:
                    reply = reply if not rows else Reply(reply.answer, reply.scope)
                    break
                page = pages.items(reply.scope)
                rows.extend(page)
                more = len(rows) < limit and pages.advance(reply.scope, page)
        except ExpressionError as error:
            raise call.unexpected(error) from error
        reply.scope["items"] = rows[:limit]
        return result_of(plan, call, reply)

    async def _run(
        self,
        plan: OperationPlan,
        call: Call,
        input: Input,
        credentials: Credentials | None,
        dry_run: bool,
        only_show: bool,
        workflow_id: str = "",
    ) -> Result:
        operation, key = plan.operation, str(call.scope["idempotency_key"])
        context = Context(
            operation,
            credentials,
            key,
            dry_run,
            call.now,
            SendFor(call, only_show),
            StoreFor(self._doors.stores, operation.connector, workflow_id, key, only_show),
            TalkFor(call, only_show),
            ConnectFor(self._doors.egress),
        )
        try:
            output = await plan.function(input, context)
        except Simulated:
            return Result(operation.sample, tuple(call.exchanges), simulated=True)
        except UnusableValue as error:
            raise OperationFailed(_unusable(error), call.exchanges) from error
        except OperationFailed as error:
            raise error if error.exchanges else OperationFailed(error.failure, call.exchanges) from error
        found = was_found(plan, call.scope, output) if operation.kind is OperationKind.SEARCH else None
        return Result(output, tuple(call.exchanges), found=found)


def _computed(compute: Plain, input: Input) -> Result:
    try:
        return Result(compute(input))
    except UnusableValue as error:
        raise OperationFailed(_unusable(error)) from error


def _unusable(error: UnusableValue) -> Failure:
    return Failure(FailureKind.REJECTED, str(error), remedy="Correct the values of this step.")


def _no_log_in(outgoing: Outgoing, values: Mapping[str, Any]) -> None:
    """For operations without a connection."""


def _no_connection(connector: Connector) -> OperationFailed:
    failure = Failure(
        FailureKind.CONFIG,
        f"No connection to {connector.name} is chosen.",
        remedy=f"Choose a {connector.name} connection in this step.",
    )
    return OperationFailed(failure)
