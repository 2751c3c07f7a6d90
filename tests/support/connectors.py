"""The connectors that come with Stepline, read once: every engine makes its own list of them."""

from __future__ import annotations

from functools import cache

from connectors._kit.registry import Registry


@cache
def built_in() -> Registry:
    return Registry.load()
