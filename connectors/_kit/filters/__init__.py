"""The filters of the expression language: `{{ value | filter(arguments) }}`.

`FILTERS` is everything the editor needs to list them: name → FilterInfo with title, help and an example that the
tests run. Filters are pure and know nothing about Stepline; heavy libraries are imported at their first use.
"""

from __future__ import annotations

from collections.abc import Mapping

from connectors._kit.filters import dates, lists, numbers, text
from connectors._kit.filters.base import Example, FilterInfo

FILTERS: Mapping[str, FilterInfo] = {
    info.name: info for group in (text.TEXT, numbers.NUMBERS, dates.DATES, lists.LISTS) for info in group
}

__all__ = ["FILTERS", "Example", "FilterInfo"]
