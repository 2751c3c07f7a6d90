"""What connectors keep, on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from connectors._kit.store import Shelf
from engine.storage.database import Database
from engine.stores import Stores
from engine.workflows import Workflows
from tests.support.clock import SettableClock
from tests.support.product import Product


@pytest.fixture
def stores(database: Database, clock: SettableClock) -> Stores:
    return Stores(database, clock)


def one_more(shelf: Shelf) -> int:
    known = shelf.get("visits")
    value = int(known.value) + 1 if known else 1
    shelf.put("visits", value)
    return value


async def test_simultaneous_changes_are_all_counted(stores: Stores) -> None:
    results = await asyncio.gather(*(stores("shop", "w1", f"try {n}").change(one_more) for n in range(20)))

    assert sorted(results) == list(range(1, 21))


async def test_same_try_again_gets_the_same_result(stores: Stores) -> None:
    first = await stores("shop", "w1", "try").change(one_more)
    again = await stores("shop", "w1", "try").change(one_more)

    assert (first, again) == (1, 1)
    assert await stores("shop", "w1", "another").change(one_more) == 2


async def test_change_that_fails_keeps_nothing(stores: Stores) -> None:
    def fails(shelf: Shelf) -> None:
        shelf.put("visits", 9)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await stores("shop", "w1", "try").change(fails)

    assert await stores("shop", "w1", "try").change(one_more) == 1


@pytest.mark.parametrize(("connector", "workflow"), [("shop", "w2"), ("desk", "w1"), ("shop", "")])
async def test_connectors_and_workflows_do_not_see_each_other(stores: Stores, connector: str, workflow: str) -> None:
    await stores("shop", "w1", "a").change(one_more)

    assert await stores(connector, workflow, "b").change(one_more) == 1


async def test_expired_entry_is_not_there_and_in_nobodys_way(stores: Stores, clock: SettableClock) -> None:
    def put(shelf: Shelf) -> None:
        shelf.put("code", "A1", expires_at=clock() + timedelta(minutes=5))

    def value(shelf: Shelf) -> Any:
        found = shelf.get("code")
        return found.value if found else None

    store = stores("shop", "w1", "")
    await store.change(put)
    assert await store.read(value) == "A1"

    clock.forward(minutes=6)
    assert await store.read(value) is None
    await store.change(put)
    assert await store.read(value) == "A1"


async def test_members_come_oldest_first_and_are_counted(stores: Stores, clock: SettableClock) -> None:
    store = stores("shop", "w1", "")
    for name in ("zoe", "adam", "mia"):
        await store.change(lambda shelf, name=name: shelf.put("guests", {"name": name}, name))  # type: ignore[misc]
        clock.forward(seconds=1)
    await store.change(lambda shelf: shelf.put("guests", {"name": "Zoe"}, "zoe"))

    def look(shelf: Shelf) -> Any:
        return (
            [entry.value["name"] for entry in shelf.members("guests", 10)],
            shelf.count("guests"),
            shelf.keys("g", 10),
        )

    assert await store.read(look) == (["Zoe", "adam", "mia"], 3, [])
    assert await store.change(lambda shelf: [shelf.remove("guests", "adam"), shelf.remove("guests")]) == [1, 2]


async def test_keys_are_listed_by_their_beginning(stores: Stores) -> None:
    store = stores("shop", "w1", "")
    for key in ("a%b", "a_b", "ab", "b"):
        await store.change(lambda shelf, key=key: shelf.put(key, 1))  # type: ignore[misc]

    assert {entry.key for entry in await store.read(lambda shelf: shelf.keys("a", 10))} == {"a%b", "a_b", "ab"}
    assert [entry.key for entry in await store.read(lambda shelf: shelf.keys("a%", 10))] == ["a%b"]


async def test_what_a_deleted_workflow_kept_goes_in_time(product: Product, clock: SettableClock) -> None:
    # given values of a workflow, and of all
    stores = Stores(product.stepline.database, clock)
    workflow = product.workflow(on=False)
    await stores("shop", workflow, "a").change(one_more)
    await stores("shop", "", "b").change(one_more)

    # when the workflow is deleted, and something is kept an hour later
    workflows: Workflows = product.stepline.workflows
    workflows.delete(workflow)
    clock.forward(hours=2)
    await stores("shop", "", "c").change(one_more)

    # then only what belongs to all is left
    assert await stores("shop", workflow, "").read(lambda shelf: shelf.get("visits") is None)
    assert await stores("shop", "", "d").change(one_more) == 3
