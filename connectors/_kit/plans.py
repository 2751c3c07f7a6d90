"""Everything of a connector and of an operation that is compiled once and used for every call."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from connectors._kit import parse
from connectors._kit.auth import Apply, compile_auth
from connectors._kit.errors import Failure, FailureKind, OperationFailed
from connectors._kit.expressions import Template, compile_template
from connectors._kit.failures import FailureTable
from connectors._kit.functions import Function, Plain, load_function, load_plain
from connectors._kit.model import Connector, Operation, OperationKind, PollSpec
from connectors._kit.outgoing import RequestPlan
from connectors._kit.paging import PagingPlan
from connectors._kit.polling import ItemPlan
from connectors._kit.redact import secret_names
from connectors._kit.schema import CompiledSchema, compile_schema

DEFAULT_MAX_ITEMS = 1000


class ConnectorPlan:
    """A connector's ways to log in and its connection test."""

    def __init__(self, connector: Connector) -> None:
        self.connector = connector
        self.auth: Mapping[str, Apply] = {auth.key: compile_auth(auth) for auth in connector.auth}
        self.secrets: Mapping[str, frozenset[str]] = {
            auth.key: secret_names(auth.fields, connector.connection_schema) for auth in connector.auth
        }

    @cached_property
    def failures(self) -> FailureTable:
        return FailureTable(self.connector)

    @cached_property
    def test(self) -> tuple[RequestPlan, Template] | None:
        spec = self.connector.test
        if spec is None or spec.request is None:
            return None
        return RequestPlan(spec.request, self.connector), compile_template(spec.label)

    @cached_property
    def own_test(self) -> OperationPlan | None:
        """The function that tests a connection, where the manifest names one."""
        spec = self.connector.test
        if spec is None or not spec.run:
            return None
        raw = {"kind": "action", "title": "Test the connection", "description": "", "reads": True, "run": spec.run}
        return OperationPlan(parse.operation(self.connector.key, "connection", "test", raw), self)

    def log_in(self, auth: str) -> Apply:
        """Raises OperationFailed for an auth kind that the connector does not have (any more)."""
        try:
            return self.auth[auth]
        except KeyError:
            message = f"{self.connector.name} has no way to log in called “{auth}”."
            remedy = "Open the connection and choose how to log in."
            raise OperationFailed(Failure(FailureKind.AUTH, message, remedy=remedy)) from None


class OperationPlan:
    """One operation, compiled. Parts are compiled at their first use."""

    def __init__(self, operation: Operation, connector: ConnectorPlan) -> None:
        self.operation = operation
        self.connector = connector
        self.sends_key = bool(connector.connector.idempotency_header) and operation.effect.endswith("write")

    @cached_property
    def input_schema(self) -> CompiledSchema:
        return compile_schema(self.operation.input_schema)

    @property
    def poll(self) -> PollSpec:
        """How the service is looked at. Raises ValueError for anything but a trigger that does so."""
        trigger = self.operation.trigger
        if trigger is None or trigger.poll is None:
            raise ValueError(f"{self.operation.id} is not polled")
        return trigger.poll

    @cached_property
    def request(self) -> RequestPlan:
        spec = self.poll.request if self.operation.trigger else self.operation.request
        if spec is None:
            raise ValueError(f"{self.operation.id} has no request")
        return RequestPlan(spec, self.connector.connector)

    @cached_property
    def paging(self) -> PagingPlan | None:
        if self.operation.trigger:
            return None if self.poll.paging is None else PagingPlan(self.poll.paging, self.poll.items)
        spec, items = self.operation.paging, ""
        if self.operation.kind is OperationKind.OPTIONS:
            items = self.operation.output["items"]
        return None if spec is None else PagingPlan(spec, items)

    @cached_property
    def items(self) -> Template:
        """The rows of a poll or of a dropdown in one answer."""
        return compile_template(self.poll.items if self.operation.trigger else self.operation.output["items"])

    @cached_property
    def max_items(self) -> Template:
        spec = self.operation.paging
        wanted = spec.max_items if spec else None
        return compile_template(DEFAULT_MAX_ITEMS if wanted is None else wanted)

    @cached_property
    def output(self) -> Template | None:
        return None if self.operation.output is None else compile_template(self.operation.output)

    @cached_property
    def found(self) -> Template | None:
        return compile_template(self.operation.found) if self.operation.found else None

    @cached_property
    def option(self) -> tuple[Template, Template, Template | None]:
        """Value and label of one dropdown entry, and its schema where it stands for a field."""
        output = self.operation.output
        field = compile_template(output["field"]) if "field" in output else None
        return compile_template(output["value"]), compile_template(output["label"]), field

    @cached_property
    def polled(self) -> ItemPlan:
        trigger = self.operation.trigger
        return ItemPlan(self.poll, of_row=trigger is not None and trigger.mode == "poll")

    @cached_property
    def failures(self) -> FailureTable:
        return FailureTable(self.connector.connector, self.operation)

    @cached_property
    def function(self) -> Function:
        trigger = self.operation.trigger
        return load_function(self.connector.connector.folder, trigger.run if trigger else self.operation.run)

    @cached_property
    def computation(self) -> Plain | None:
        """Of a pure action that needs nothing but its input: the function, to be called without further ado."""
        operation, needs_account = self.operation, self.connector.connector.needs_connection
        if not operation.pure or not operation.run or needs_account or operation.kind is not OperationKind.ACTION:
            return None
        return load_plain(self.connector.connector.folder, self.operation.run)
