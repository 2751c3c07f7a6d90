"""The operator's own connectors: there at once, and never in the way of the server."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from connectors._kit.errors import Problem
from connectors._kit.model import Connector
from connectors._kit.registry import Registry
from engine.connector_folders import ConnectorFolders
from engine.errors import Conflict, Refused
from tests.support.connector_folder import MANIFEST, action, write_folder, write_json

FILES = {
    "manifest.json": json.dumps(MANIFEST).encode(),
    "operations/orders/create.json": json.dumps(action()).encode(),
}


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    """Holds one connector that counts as shipped: `desk`."""
    manifest = {"key": "desk", "name": "Desk"}
    return Registry.load([write_folder(tmp_path / "shipped", {"orders/create": action()}, manifest=manifest)])


@pytest.fixture
def folders(tmp_path: Path, registry: Registry) -> ConnectorFolders:
    return ConnectorFolders(tmp_path / "own", registry)


def test_saved_connector_can_be_used_at_once(folders: ConnectorFolders, registry: Registry) -> None:
    folders.save("shop", FILES)

    assert registry.operation("shop.orders.create").title == "Create an order"
    assert sorted(registry.connectors) == ["desk", "shop"]
    assert registry.search("shop create")[0].id == "shop.orders.create"


def test_what_another_process_wrote_is_noticed_at_the_next_look(folders: ConnectorFolders, registry: Registry) -> None:
    assert folders.refresh() is False

    write_folder(folders.folder, {"orders/create": action()})

    assert folders.refresh() is True
    assert "shop" in registry.connectors
    assert folders.refresh() is False


def test_edited_operation_replaces_the_one_before(folders: ConnectorFolders, registry: Registry) -> None:
    folder = folders.save("shop", FILES)
    before = registry.operation("shop.orders.create")

    write_json(folder / "operations" / "orders" / "create.json", action(title="Order something"))
    folders.refresh()

    assert registry.operation("shop.orders.create").title == "Order something"
    assert before.title == "Create an order"


def test_broken_folder_is_left_out_and_its_problems_are_shown(folders: ConnectorFolders, registry: Registry) -> None:
    write_folder(folders.folder, {"orders/create": action()})
    write_folder(folders.folder, {"orders/create": action(path="/{nobody}")}, manifest={"key": "torn", "name": "Torn"})

    folders.refresh()

    assert sorted(registry.connectors) == ["desk", "shop"]
    (problem,) = registry.problems
    assert problem.file.endswith("torn/operations/orders/create.json")
    assert problem.pointer == "/request/path"


def test_folder_that_is_no_json_at_all_is_only_a_problem(folders: ConnectorFolders, registry: Registry) -> None:
    write_json(folders.folder / "junk" / "manifest.json", "{")

    folders.refresh()

    assert sorted(registry.connectors) == ["desk"]
    assert "not valid JSON" in registry.problems[0].message


def test_shipped_connector_is_never_replaced(folders: ConnectorFolders, registry: Registry) -> None:
    shipped = registry.connector("desk")
    write_folder(folders.folder, {"orders/create": action()}, manifest={"key": "desk"})

    folders.refresh()

    assert registry.connector("desk") is shipped
    assert "rename the folder" in registry.problems[0].message
    with pytest.raises(Refused, match="another key"):
        folders.save("desk", FILES)


def test_existing_connector_is_replaced_only_on_request(folders: ConnectorFolders, registry: Registry) -> None:
    folders.save("shop", FILES)
    more = {**FILES, "operations/orders/cancel.json": json.dumps(action(title="Cancel an order")).encode()}

    with pytest.raises(Conflict, match="already"):
        folders.save("shop", more)
    folders.save("shop", more, replace=True)

    assert len(registry.connector("shop").operations) == 2
    assert [path.name for path in folders.folder.iterdir()] == ["shop"]


def test_removed_connector_is_gone(folders: ConnectorFolders, registry: Registry) -> None:
    folders.save("shop", FILES)

    folders.remove("shop")

    assert sorted(registry.connectors) == ["desk"]
    assert list(folders.folder.iterdir()) == []


async def test_running_process_notices_by_itself(tmp_path: Path) -> None:
    # given a process that looks very often, and somebody who is told when its registry changes
    changed, loop = asyncio.Event(), asyncio.get_running_loop()

    class Told(Registry):
        def replace(self, connectors: Iterable[Connector], problems: Sequence[Problem] = ()) -> None:
            super().replace(connectors, problems)
            loop.call_soon_threadsafe(changed.set)

    registry = Told([])
    folders = ConnectorFolders(tmp_path / "own", registry, look_every=0.01)
    folders.start()

    # when another process writes a folder
    await asyncio.to_thread(write_folder, folders.folder, {"orders/create": action()})

    # then its connector is there without anybody asking
    async with asyncio.timeout(10):
        await changed.wait()
    assert "shop" in registry.connectors
    await folders.stop()


def test_folder_that_was_found_sound_is_only_loaded_until_it_changes(tmp_path: Path, registry: Registry) -> None:
    # given a folder that was checked, and then broken in a way that only a check finds
    folder = write_folder(tmp_path / "own", {"orders/create": action()})
    ConnectorFolders(tmp_path / "own", registry).refresh()
    file = folder / "operations" / "orders" / "create.json"
    before = file.stat()
    content = file.read_text("utf-8")

    # when it looks the same as before, it is taken at its word
    again = Registry([])
    ConnectorFolders(tmp_path / "own", again).refresh()
    assert (list(again.connectors), again.problems) == (["shop"], ())

    # when a file has changed, it is checked again
    file.write_text(content.replace("/orders", "/{none}"), "utf-8")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns + 1))
    changed = Registry([])
    ConnectorFolders(tmp_path / "own", changed).refresh()
    assert list(changed.connectors) == []
    assert "none" in changed.problems[0].message
