"""The places one can go to, in the order of the sidebar."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    title: str
    path: str
    icon: str
    tab: bool = False
    """Also in the tab bar of a phone."""

    def holds(self, path: str) -> bool:
        return path == self.path or (self.path != "/" and path.startswith(self.path + "/"))


@dataclass(frozen=True, slots=True)
class Group:
    title: str
    places: tuple[Place, ...]


GROUPS = (
    Group(
        "",
        (
            Place("Home", "/", "house", tab=True),
            Place("Workflows", "/workflows", "workflow", tab=True),
            Place("Runs", "/runs", "activity", tab=True),
            Place("Events", "/events", "inbox"),
        ),
    ),
    Group(
        "Build",
        (
            Place("Recipes", "/recipes", "layout-template"),
            Place("Connections", "/connections", "plug", tab=True),
            Place("Catalogue", "/catalogue", "blocks"),
        ),
    ),
    Group(
        "Manage",
        (Place("Settings", "/settings", "settings"),),
    ),
    Group(
        "Help",
        (Place("Glossary", "/glossary", "book-open"),),
    ),
)
TABS = tuple(place for group in GROUPS for place in group.places if place.tab)


SETTINGS = (
    Place("You", "/settings", "user"),
    Place("API tokens", "/settings/tokens", "key-round"),
)
"""The parts of the settings, for everybody."""
OWNERS_SETTINGS = (
    Place("People", "/settings/people", "users"),
    Place("Server", "/settings/server", "wrench"),
)
"""Those only an owner gets to see."""
