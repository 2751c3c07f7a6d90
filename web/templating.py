"""The Jinja2 environment and what every template may use."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jinja2
from starlette.requests import Request

from connectors._kit.labels import words
from engine.clock import Clock
from web import glossary, links, moments, navigation, statuses
from web.security import Cookies
from web.static_files import StaticFiles

FOLDER = Path(__file__).parent / "templates"
THEMES = ("system", "light", "dark")

HTMX_CONFIG = {
    "allowEval": False,
    "includeIndicatorStyles": False,
    "selfRequestsOnly": True,
    "historyCacheSize": 0,  # pages may show personal data; nothing of them goes into the browser's storage
    "refreshOnHistoryMiss": True,
    "scrollBehavior": "auto",
    "responseHandling": [
        {"code": "204", "swap": False},
        {"code": "[23]..", "swap": True},
        {"code": "422", "swap": True},
        {"code": "[45]..", "swap": False, "error": True},
    ],
}


class Templates:
    """Renders templates. A name that a template uses and nobody gave is an error, never an empty string."""

    def __init__(self, statics: StaticFiles, cookies: Cookies, clock: Clock, *, reload: bool = False) -> None:
        self.cookies = cookies
        self._environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(FOLDER),
            autoescape=True,
            auto_reload=reload,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals.update(
            asset=statics.url,
            htmx_config=json.dumps(HTMX_CONFIG),
            places=navigation,
            statuses=statuses,
            glossary=glossary,
        )
        self._environment.filters.update(
            pretty=pretty,
            ago=lambda moment: moments.ago(moment, clock()),
            due=lambda moment: moments.due(moment, clock()),
            exact=moments.exact,
            duration=moments.duration,
            span=moments.span,
            plural=plural,
            as_words=words,
            zip_names=lambda ids, named: list(zip(ids, (one.name for one in named), strict=True)),
        )

    def render(self, request: Request, name: str, context: Mapping[str, Any]) -> str:
        csrf = request.scope.get("csrftoken")
        shared = {
            "request": request,
            "path": request.url.path,
            "here": links.here(request),
            "filtered": lambda **changes: links.with_filters(request, changes),
            "user": getattr(request.state, "user", None),
            "theme": self._theme(request),
            "csrf": csrf() if csrf else "",
        }
        return self._environment.get_template(name).render({**shared, **context})

    def macro(self, template: str, name: str, *arguments: Any) -> str:
        """One macro on its own; for tests and the gallery of styles."""
        module = self._environment.get_template(template).module
        return str(getattr(module, name)(*arguments))

    def _theme(self, request: Request) -> str:
        chosen = self.cookies.get(request, "theme")
        return chosen if chosen in THEMES else "system"


def pretty(value: Any) -> str:
    """JSON for people to read."""
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)


def plural(count: int, one: str, many: str | None = None) -> str:
    return f"{count:,} {one if count == 1 else many or one + 's'}"
