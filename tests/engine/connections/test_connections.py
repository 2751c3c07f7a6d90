"""Connections: what is stored, what is secret, what is tested, what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from connectors._kit.context import Credentials, Result
from connectors._kit.errors import Failure, FailureKind, OperationFailed
from connectors._kit.model import Connector
from connectors._kit.registry import Registry
from engine.connections import ConnectionRecord, Connections
from engine.errors import Conflict, Invalid, NotFound, Refused, Undecryptable
from engine.hooks import Hooks
from engine.storage import tables
from engine.storage.database import Database
from engine.vault import Vault
from tests.support.clock import SettableClock

MANIFEST: dict[str, Any] = {
    "key": "crm",
    "name": "CRM",
    "description": "Contacts.",
    "docs": "https://example.com",
    "color": "#112233",
    "base_urls": {"default": "https://api.example.com", "files": "https://files.example.com"},
    "connection": {
        "type": "object",
        "properties": {
            "location": {"type": "string", "title": "Location"},
            "pin": {"type": "string", "title": "PIN", "x-secret": True},
        },
        "required": ["location"],
    },
    "auth": [
        {
            "key": "token",
            "kind": "bearer",
            "title": "Token",
            "fields": {
                "type": "object",
                "properties": {"token": {"type": "string", "title": "Token", "minLength": 4, "x-secret": True}},
                "required": ["token"],
            },
        },
        {
            "key": "basic",
            "kind": "basic",
            "title": "Password",
            "fields": {
                "type": "object",
                "properties": {
                    "username": {"type": "string", "title": "User"},
                    "password": {"type": "string", "title": "Password", "x-secret": True},
                },
                "required": ["username", "password"],
            },
        },
    ],
    "test": {"request": {"method": "GET", "path": "/me"}, "label": "{{ response.name }}"},
    "resources": {},
}
VALUES = {"token": "hush-hush", "location": "Berlin"}


class Service:
    """Stands in for the connector kit's caller: accepts the tokens it is told to."""

    def __init__(self) -> None:
        self.accepts = {"hush-hush"}
        self.seen: list[Mapping[str, Any]] = []
        self.fails: FailureKind | None = None
        self.meanwhile: Callable[[], object] = lambda: None

    async def test(self, connector: Connector, credentials: Credentials) -> Result:
        self.seen.append(credentials.values)
        self.meanwhile()
        if self.fails is not None:
            raise OperationFailed(Failure(self.fails, "CRM has a problem.", remedy="As for a run."))
        if credentials.values.get("token") in self.accepts:
            return Result({"label": f"Account in {credentials.values['location']}"})
        raise OperationFailed(Failure(FailureKind.AUTH, "The token was refused.", remedy="Enter a new one."))


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    folder = tmp_path_factory.mktemp("connectors") / "crm"
    folder.mkdir()
    (folder / "manifest.json").write_text(json.dumps(MANIFEST))
    (folder / "icon.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"></svg>')
    return Registry.load([Path(folder)])


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def connections(
    database: Database, vault: Vault, registry: Registry, clock: SettableClock, service: Service, hooks: Hooks
) -> Connections:
    return Connections(database, vault, registry, clock, service, hooks)


@pytest.fixture
def crm(connections: Connections) -> ConnectionRecord:
    return connections.create("crm", "token", " My CRM ", VALUES)


def add_workflow(
    database: Database, clock: SettableClock, name: str, draft: Any, live: Any = None, enabled: bool = False
) -> None:
    with database.write() as session:
        workflow = tables.Workflow(
            id=name, name=name, enabled=enabled, draft=draft, created_at=clock(), updated_at=clock()
        )
        session.add(workflow)
        session.flush()
        if live is not None:
            version = tables.Version(
                id=f"{name}-1",
                workflow_id=name,
                number=1,
                draft_revision=1,
                definition=live,
                created_at=clock(),
            )
            session.add(version)
            workflow.live_version_id = version.id


def test_values_come_back_in_the_credentials_and_only_public_ones_in_the_record(
    connections: Connections, crm: ConnectionRecord
) -> None:
    assert connections.get(crm.id) == crm
    assert (crm.name, crm.status, crm.public) == ("My CRM", "untested", {"location": "Berlin"})
    assert connections.credentials(crm.id).values == VALUES


def test_secrets_are_not_readable_in_the_database(
    connections: Connections, crm: ConnectionRecord, database: Database
) -> None:
    with database.read() as session:
        row = session.scalars(select(tables.Connection)).one()

    assert b"hush" not in row.secret and "hush" not in json.dumps(row.public)


def test_spaces_around_pasted_values_are_removed(connections: Connections) -> None:
    crm = connections.create("crm", "token", "CRM", {"token": " hush-hush\n", "location": "Berlin "})

    assert connections.credentials(crm.id).values == VALUES


@pytest.mark.parametrize(
    ("connector", "auth", "name", "values", "field"),
    [
        ("crm", "token", "CRM", {"location": "Berlin"}, "token"),
        ("crm", "token", "CRM", {"token": "  ", "location": "Berlin"}, "token"),
        ("crm", "token", "CRM", {"token": "abc", "location": "Berlin"}, "token"),
        ("crm", "token", "CRM", {**VALUES, "base_url": "not an address"}, "base_url"),
        ("crm", "token", " ", VALUES, "name"),
        ("crm", "magic", "CRM", VALUES, "auth"),
        ("erp", "token", "CRM", VALUES, "connector"),
    ],
)
def test_bad_values_are_refused_by_field(
    connections: Connections, connector: str, auth: str, name: str, values: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        connections.create(connector, auth, name, values)

    assert [problem.field for problem in refused.value.problems] == [field]
    assert connections.list() == []


def test_unknown_fields_are_refused(connections: Connections) -> None:
    with pytest.raises(Invalid):
        connections.create("crm", "token", "CRM", {**VALUES, "colour": "red"})


def test_form_schema_asks_for_the_login_first_and_lets_addresses_be_changed(connections: Connections) -> None:
    schema = connections.schema("crm", "basic")

    assert schema["x-order"] == ["username", "password", "location", "pin"]
    assert schema["required"] == ["username", "password", "location"]
    assert schema["properties"]["base_url"]["x-advanced"] and "base_url_files" in schema["properties"]


def test_list_is_ordered_by_name_and_filtered_by_connector(connections: Connections) -> None:
    for name in ("beta", "Alpha"):
        connections.create("crm", "token", name, VALUES)

    assert [connection.name for connection in connections.list()] == ["Alpha", "beta"]
    assert [connection.name for connection in connections.list("crm")] == ["Alpha", "beta"]
    assert connections.list("erp") == []
    assert set(connections.connector_by_id().values()) == {"crm"}


class TestUpdate:
    def test_empty_secret_keeps_the_stored_one(self, connections: Connections, crm: ConnectionRecord) -> None:
        updated = connections.update(crm.id, name="Ours", values={"token": "", "location": "Rome"})

        assert (updated.name, updated.public, updated.revision) == ("Ours", {"location": "Rome"}, 2)
        assert connections.credentials(crm.id).values == {"token": "hush-hush", "location": "Rome"}

    def test_secret_given_as_none_is_removed(self, connections: Connections, crm: ConnectionRecord) -> None:
        connections.update(crm.id, values={"location": "Rome", "pin": "1234"})
        connections.update(crm.id, values={"location": "Rome", "pin": None})

        assert "pin" not in connections.credentials(crm.id).values

    def test_new_name_alone_leaves_values_and_status(self, connections: Connections, crm: ConnectionRecord) -> None:
        renamed = connections.update(crm.id, name="Ours")

        assert (renamed.revision, renamed.public) == (crm.revision, crm.public)

    def test_other_login_needs_its_own_secrets(self, connections: Connections, crm: ConnectionRecord) -> None:
        with pytest.raises(Invalid):
            connections.update(crm.id, auth="basic", values={"username": "anna", "location": "Berlin"})

        values = {"username": "anna", "password": "secret", "location": "Berlin"}
        connections.update(crm.id, auth="basic", values=values)

        credentials = connections.credentials(crm.id)
        assert (credentials.auth, credentials.values) == ("basic", values)

    def test_new_values_make_the_status_untested_again(
        self, connections: Connections, crm: ConnectionRecord, database: Database
    ) -> None:
        with database.write() as session:
            session.execute(update(tables.Connection).values(status="ok", status_message="Account"))

        updated = connections.update(crm.id, values={"location": "Rome"})

        assert (updated.status, updated.status_message) == ("untested", "")

    def test_missing_connection_is_not_found(self, connections: Connections) -> None:
        for call in (connections.get, connections.credentials, connections.delete, connections.hook):
            with pytest.raises(NotFound):
                call("nobody")
        with pytest.raises(NotFound):
            connections.update("nobody", name="x")


class TestTesting:
    async def test_outcome_is_kept(self, connections: Connections, crm: ConnectionRecord, clock: SettableClock) -> None:
        outcome = await connections.test(crm.id)

        assert outcome.ok and outcome.message == "Account in Berlin"
        tested = connections.get(crm.id)
        assert (tested.status, tested.status_message, tested.tested_at) == (
            "ok",
            "Account in Berlin",
            clock(),
        )

    async def test_refusal_is_kept_with_the_remedy_for_the_moment(
        self, connections: Connections, crm: ConnectionRecord, service: Service
    ) -> None:
        service.accepts.clear()

        outcome = await connections.test(crm.id)

        assert (outcome.ok, outcome.message, outcome.remedy) == (
            False,
            "The token was refused.",
            "Enter a new one.",
        )
        assert connections.get(crm.id).status == "failing"

    @pytest.mark.parametrize("kind", [FailureKind.TRANSIENT, FailureKind.RATE_LIMITED, FailureKind.UNCERTAIN])
    async def test_passing_failure_says_so_and_changes_nothing(
        self, connections: Connections, crm: ConnectionRecord, service: Service, kind: FailureKind
    ) -> None:
        service.fails = kind
        never_proved = await connections.test(crm.id)
        assert (never_proved.ok, never_proved.remedy) == (False, "Wait a moment and test again.")
        assert connections.get(crm.id) == crm

        service.fails = None
        await connections.test(crm.id)
        working = connections.get(crm.id)
        service.fails = kind
        assert not (await connections.test(crm.id)).ok
        assert connections.get(crm.id) == working

    async def test_lasting_failure_that_is_not_the_log_in_is_told_apart(
        self, connections: Connections, crm: ConnectionRecord, service: Service
    ) -> None:
        service.fails = FailureKind.CONFIG

        await connections.test(crm.id)

        assert connections.get(crm.id).status == "faulty"

    async def test_values_are_tried_without_being_stored(self, connections: Connections) -> None:
        assert (await connections.test_values("crm", "token", VALUES)).ok
        assert not (await connections.test_values("crm", "token", {**VALUES, "token": "wrong"})).ok
        assert connections.list() == []

    async def test_values_of_an_edited_connection_are_completed_with_its_secrets(
        self, connections: Connections, crm: ConnectionRecord, service: Service
    ) -> None:
        await connections.test_values("crm", "token", {"token": "", "location": "Rome"}, connection_id=crm.id)

        assert service.seen == [{"token": "hush-hush", "location": "Rome"}]

    def test_refused_login_of_a_run_shows_on_the_connection(
        self, connections: Connections, crm: ConnectionRecord
    ) -> None:
        connections.note_refusal(crm.id, "The token was refused.")

        assert connections.get(crm.id).status == "failing"


class TestRotate:
    async def test_accepted_values_are_swapped_in(
        self, connections: Connections, crm: ConnectionRecord, service: Service, clock: SettableClock
    ) -> None:
        service.accepts.add("fresh")

        outcome = await connections.rotate(crm.id, {**VALUES, "token": "fresh"})

        rotated = connections.get(crm.id)
        assert outcome.ok and (rotated.status, rotated.rotated_at) == ("ok", clock())
        assert connections.credentials(crm.id).values["token"] == "fresh"

    async def test_refused_values_change_nothing(self, connections: Connections, crm: ConnectionRecord) -> None:
        outcome = await connections.rotate(crm.id, {**VALUES, "token": "wrong"})

        assert not outcome.ok
        assert connections.get(crm.id) == crm
        assert connections.credentials(crm.id).values == VALUES

    async def test_change_by_somebody_else_in_the_meantime_is_a_conflict(
        self, connections: Connections, crm: ConnectionRecord, service: Service
    ) -> None:
        service.meanwhile = lambda: connections.update(crm.id, values={"location": "Rome"})

        with pytest.raises(Conflict):
            await connections.rotate(crm.id, VALUES)


class TestUse:
    def test_drafts_and_live_versions_count_however_deep(
        self, connections: Connections, crm: ConnectionRecord, database: Database, clock: SettableClock
    ) -> None:
        nested = {"steps": [{"branches": [{"steps": [{"steps": [{"connection": crm.id}]}]}]}]}
        add_workflow(database, clock, "beta", nested)
        add_workflow(database, clock, "Alpha", {}, {"trigger": {"connection": crm.id}}, enabled=True)
        add_workflow(database, clock, "other", {"trigger": {"connection": None}, "steps": []})

        assert [(use.name, use.enabled) for use in connections.used_by(crm.id)] == [
            ("Alpha", True),
            ("beta", False),
        ]
        assert connections.used_by("nobody") == []

    def test_used_connection_is_not_deleted(
        self, connections: Connections, crm: ConnectionRecord, database: Database, clock: SettableClock
    ) -> None:
        add_workflow(database, clock, "Welcome", {"trigger": {"connection": crm.id}})

        with pytest.raises(Refused, match="“Welcome”"):
            connections.delete(crm.id)

        assert connections.get(crm.id) == crm

    def test_unused_connection_is_deleted_with_its_hook(
        self, connections: Connections, crm: ConnectionRecord, hooks: Hooks
    ) -> None:
        hook = connections.hook(crm.id)
        connections.credentials(crm.id)

        connections.delete(crm.id)

        assert hooks.find(hook.token) is None
        with pytest.raises(NotFound):
            connections.credentials(crm.id)


class TestCredentials:
    async def test_same_object_while_nothing_changes(
        self, connections: Connections, crm: ConnectionRecord, clock: SettableClock
    ) -> None:
        first = await connections.credentials_async(crm.id)
        clock.forward(minutes=1)

        assert connections.credentials(crm.id) is first

    def test_change_here_takes_effect_at_once(self, connections: Connections, crm: ConnectionRecord) -> None:
        connections.credentials(crm.id)

        connections.update(crm.id, values={"location": "Rome"})

        assert connections.credentials(crm.id).values["location"] == "Rome"

    def test_change_elsewhere_takes_effect_within_seconds(
        self,
        connections: Connections,
        crm: ConnectionRecord,
        database: Database,
        vault: Vault,
        registry: Registry,
        clock: SettableClock,
        service: Service,
        hooks: Hooks,
    ) -> None:
        connections.credentials(crm.id)
        elsewhere = Connections(database, vault, registry, clock, service, hooks)
        elsewhere.update(crm.id, values={"location": "Rome"})
        assert connections.credentials(crm.id).values["location"] == "Berlin"

        clock.forward(seconds=3)

        assert connections.credentials(crm.id).values["location"] == "Rome"

    def test_damaged_secret_is_reported_and_can_be_entered_again(
        self, connections: Connections, crm: ConnectionRecord, database: Database
    ) -> None:
        with database.write() as session:
            session.execute(update(tables.Connection).values(secret=b"damaged"))

        with pytest.raises(Undecryptable):
            connections.credentials(crm.id)

        connections.update(crm.id, values=VALUES)
        assert connections.credentials(crm.id).values == VALUES


def test_hook_of_a_connection_can_be_moved(connections: Connections, crm: ConnectionRecord, hooks: Hooks) -> None:
    hook = connections.hook(crm.id)

    moved = connections.rotate_hook(crm.id)

    assert hook.connection_id == crm.id
    assert connections.hook(crm.id) == moved and moved.path != hook.path
