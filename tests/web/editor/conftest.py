"""Somebody who talks to the server as the editor's scripts do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from engine.workflows import WorkflowRecord
from tests.web.conftest import Browser, Site

TAG: dict[str, Any] = {
    "key": "tag",
    "kind": "action",
    "operation": "mailercloud.contacts.tag",
    "connection": None,
    "input": {"contact": "{{ trigger.email }}", "tags": ["new"]},
}


@dataclass
class Editor:
    """The editor of one workflow; `ask` sends JSON with the token of the page."""

    browser: Browser
    workflow: WorkflowRecord
    site: Site

    async def ask(self, method: str, path: str, body: Any = None) -> httpx.Response:
        headers = {"x-csrftoken": self.browser.csrf, "hx-request": "true"}
        address = f"/workflows/{self.workflow.id}/edit{path}"
        return await self.browser.client.request(method, address, json=body, headers=headers)

    async def get(self, path: str) -> Any:
        return (await self.ask("GET", path)).raise_for_status().json()

    async def post(self, path: str, body: Any) -> Any:
        return (await self.ask("POST", path, body)).raise_for_status().json()

    async def save(self, *steps: dict[str, Any], revision: int | None = None) -> httpx.Response:
        stored = self.stored()
        body = {
            "definition": {**stored.draft, "steps": list(steps)},
            "revision": stored.draft_revision if revision is None else revision,
        }
        return await self.ask("PUT", "/draft", body)

    def stored(self) -> WorkflowRecord:
        return self.site.shell.workflows.get(self.workflow.id)


@pytest.fixture
async def editor(site: Site, anna: Browser) -> AsyncIterator[Editor]:
    """Of a workflow with one unfinished step that starts by its own hook."""
    yield Editor(anna, site.workflow(TAG), site)
