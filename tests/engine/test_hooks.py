"""Secret URLs: found by token, shown to their owner, moved when they leaked."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from engine.errors import NotFound
from engine.hooks import HookRecord, Hooks
from engine.storage import tables
from engine.storage.database import Database
from engine.vault import Vault
from tests.support.clock import SettableClock


@pytest.fixture
def workflow_id(database: Database, clock: SettableClock) -> str:
    row = tables.Workflow(id="w1", name="Welcome", draft={}, created_at=clock(), updated_at=clock())
    with database.write() as session:
        session.add(row)
    return row.id


@pytest.fixture
def hook(hooks: Hooks, workflow_id: str) -> HookRecord:
    return hooks.for_workflow(workflow_id)


def test_hook_is_made_once_and_found_by_its_token(hooks: Hooks, hook: HookRecord, workflow_id: str) -> None:
    assert hooks.for_workflow(workflow_id) == hook == hooks.find(hook.token)
    assert hook.path == f"/hooks/{hook.token}"
    assert (hook.workflow_id, hook.connection_id) == (workflow_id, None)
    assert hooks.find("made up") is None


def test_hook_made_inside_a_transaction_goes_with_it(hooks: Hooks, database: Database, workflow_id: str) -> None:
    with pytest.raises(ZeroDivisionError), database.write() as session:
        abandoned = hooks.for_workflow(workflow_id, session=session)
        _ = 1 / 0
    with database.write() as session:
        kept = hooks.for_workflow(workflow_id, session=session)

    assert hooks.find(abandoned.token) is None
    assert hooks.find(kept.token) == kept


def test_everybody_gets_the_same_hook_when_asking_at_the_same_time(hooks: Hooks, workflow_id: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        tokens = {hook.token for hook in pool.map(lambda _: hooks.for_workflow(workflow_id), range(4))}

    assert len(tokens) == 1


@pytest.mark.parametrize("kind", ["for_workflow", "for_connection"])
def test_nothing_gets_a_hook_when_it_does_not_exist(hooks: Hooks, kind: str) -> None:
    with pytest.raises(NotFound):
        getattr(hooks, kind)("nobody")


def test_token_is_not_readable_in_the_database_nor_in_logs(hook: HookRecord, database: Database) -> None:
    with database.read() as session:
        row = session.scalars(select(tables.Hook)).one()

    assert hook.token not in row.token_hash and hook.token.encode() not in row.secret
    assert hook.token not in repr(hook)


def test_rotated_hook_answers_only_at_the_new_url(hooks: Hooks, hook: HookRecord) -> None:
    moved = hooks.rotate(hook.id)

    assert hooks.cached(hook.token) is None and hooks.find(hook.token) is None
    assert hooks.find(moved.token) == moved
    assert moved.id == hook.id
    with pytest.raises(NotFound):
        hooks.rotate("nobody")


def test_found_hook_is_believed_for_a_moment_only(
    hooks: Hooks, hook: HookRecord, database: Database, vault: Vault, clock: SettableClock
) -> None:
    assert hooks.cached(hook.token) is None
    hooks.find(hook.token)
    Hooks(database, vault, clock).rotate(hook.id)  # another process
    assert hooks.cached(hook.token) == hook

    clock.forward(seconds=5)

    assert hooks.cached(hook.token) is None
    assert hooks.find(hook.token) is None
