"""Triggers for tags that come and go, by hook and by look."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.connectors.gohighlevel.deeds import ADA, ids
from tests.support.world import World

Change = Callable[[dict[str, Any], list[str]], Any]


async def test_only_the_chosen_tag_counts_when_it_comes_and_goes(world: World) -> None:
    contacts = world.sandbox.ghl.contacts
    ada, ben = contacts.get(ADA), contacts.get("sandboxContactBen0002")
    contacts.add_tags(ada, ["vip"])
    await world.settle()
    added, removed = world.listen("contacts.tag_added", tag="VIP"), world.listen("contacts.tag_removed", tag="vip")
    await world.settle()
    counts = []

    changes: list[tuple[Change, dict[str, Any], str]] = [
        (contacts.add_tags, ada, "other"),
        (contacts.add_tags, ben, "vip"),
        (contacts.add_tags, ben, "other"),
        (contacts.remove_tags, ada, "vip"),
        (contacts.remove_tags, ada, "other"),
        (contacts.add_tags, ada, "vip"),
    ]
    for change, contact, tag in changes:
        change(contact, [tag])
        await world.later(minutes=1)
        counts.append((len(world.started(added)), len(world.started(removed))))
    await world.later(minutes=16)

    assert counts == [(0, 0), (1, 0), (1, 0), (1, 1), (1, 1), (2, 1)]
    assert (len(world.started(added)), len(world.started(removed))) == (2, 1)


async def test_missed_changes_of_the_tag_are_found(world: World) -> None:
    contacts = world.sandbox.ghl.contacts
    ada, ben = contacts.get(ADA), contacts.get("sandboxContactBen0002")
    contacts.add_tags(ada, ["vip"])
    await world.settle()
    added, removed = world.listen("contacts.tag_added", tag="vip"), world.listen("contacts.tag_removed", tag="vip")
    await world.settle()

    world.down = True
    contacts.add_tags(ben, ["vip"])
    contacts.remove_tags(ada, ["vip"])
    await world.later(minutes=16)
    world.down = False
    contacts.add_tags(ada, ["vip"])
    await world.later(minutes=16)

    assert ids(world.started(added)) == [ben["id"], ada["id"]]
    assert ids(world.started(removed)) == [ada["id"]]


async def test_event_that_changes_nothing_says_so(world: World) -> None:
    contacts = world.sandbox.ghl.contacts
    contacts.add_tags(contacts.get(ADA), ["vip"])
    await world.settle()
    world.listen("contacts.tag_added", tag="vip")
    await world.settle()

    contacts.add_tags(contacts.get(ADA), ["other"])
    await world.settle()

    assert world.unmatched()[0] == "It changes nothing that the trigger waits for."
