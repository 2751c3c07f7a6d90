"""The workflow editor as somebody sees it: what is on the canvas, in the panel, and how one works with them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Set
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import axe_playwright_python
import httpx
from playwright.sync_api import ConsoleMessage, Locator, Page, expect

from engine.runs import RunDetail
from engine.workflows import WorkflowRecord
from tests.e2e.processes import Started, json_of

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text(encoding="utf-8")
AUDIT = """async (options) => (await axe.run({resultTypes: ["violations"], ...options})).violations
    .map((found) => `${found.id}: ${found.nodes.map((node) => node.target.join(" ")).join(", ")}`)"""
EXPECTED_STATUS = re.compile(r"status of (409|422)")
"""Answers that the editor asks for and handles; the browser notes them all the same."""


@dataclass(frozen=True)
class Contents:
    """Ids of the workflows (and whether they are on) and of the connections."""

    workflows: Mapping[str, bool]
    connections: Set[str]


@dataclass(frozen=True)
class World:
    """The demo: its processes, its data, and a browser's state with somebody signed in."""

    started: Started
    data: Path
    signed_in: Any
    stepline: Callable[[], AbstractContextManager[Any]]

    @property
    def product(self) -> str:
        return self.started.found["product"]

    @property
    def sandbox(self) -> str:
        return self.started.found["sandbox"]

    def workflow(self, *steps: dict[str, Any], name: str = "Try it", **trigger: Any) -> str:
        """A new workflow; its id. `{mailercloud}` and `{gohighlevel}` as a connection stand for the sandbox's."""
        trigger.setdefault("operation", "gohighlevel.contacts.created")
        trigger.setdefault("connection", "{gohighlevel}")
        with self.stepline() as stepline:
            known = {f"{{{found.connector}}}": found.id for found in stepline.connections.list()}
            definition = _connected({"trigger": trigger, "steps": list(steps)}, known)
            created: WorkflowRecord = stepline.workflows.create(name, definition)
        return created.id

    def stored(self, workflow: str) -> WorkflowRecord:
        with self.stepline() as stepline:
            found: WorkflowRecord = stepline.workflows.get(workflow)
        return found

    def change(self, workflow: str, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        """As another person does, in another browser."""
        with self.stepline() as stepline:
            record = stepline.workflows.get(workflow)
            stepline.versions.save_draft(workflow, change(record.draft), record.draft_revision)

    def runs(self, workflow: str) -> list[RunDetail]:
        with self.stepline() as stepline:
            return [stepline.runs.get(run.id) for run in stepline.runs.list(workflow_id=workflow).items]

    def contents(self) -> Contents:
        with self.stepline() as stepline:
            workflows = {workflow.id: workflow.enabled for workflow in stepline.workflows.list()}
            return Contents(workflows, {connection.id for connection in stepline.connections.list()})

    def restore(self, before: Contents) -> None:
        """Take away the workflows and connections that have come since, and switch off what has been switched on."""
        now = self.contents()
        for workflow, enabled in now.workflows.items():
            if enabled and not before.workflows.get(workflow):
                self.switch_off(workflow)
        with self.stepline() as stepline:
            for workflow in now.workflows.keys() - before.workflows.keys():
                stepline.workflows.delete(workflow)
            for connection in now.connections - before.connections:
                stepline.connections.delete(connection)

    def switch_off(self, workflow: str) -> None:
        """By the server that runs, so that it knows."""
        editor = f"{self.product}/workflows/{workflow}/edit"
        cookies = {cookie["name"]: cookie["value"] for cookie in self.signed_in["cookies"]}
        with httpx.Client(cookies=cookies) as client:
            token = re.search(r'data-csrf="([^"]+)"', client.get(editor).text)
            assert token
            client.post(f"{editor}/switch", json={"on": False}, headers={"X-CSRFToken": token[1]}).raise_for_status()

    def set_fault(self, vendor: str, kind: str) -> None:
        """The sandbox's switch for misbehaving; "none" ends it."""
        answer = self.started.http.post(f"{self.sandbox}/_sandbox/faults", json={"vendor": vendor, "kind": kind})
        answer.raise_for_status()

    def add_contact(self, **fields: str) -> None:
        """In the sandbox's GoHighLevel, which then sends its webhook."""
        self.started.http.post(
            f"{self.sandbox}/ghl/contacts/",
            headers={"Authorization": "Bearer sandbox-ghl-token", "Version": "2021-07-28"},
            json={"locationId": "sandbox-location", **fields},
        ).raise_for_status()

    def mailercloud(self) -> dict[str, Any]:
        state = json_of(self.started.http.get(f"{self.sandbox}/_sandbox/state"))
        found: dict[str, Any] = state["mailercloud"]
        return found


def _connected(value: Any, known: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _connected(item, known) for key, item in value.items()}
    if isinstance(value, list):
        return [_connected(item, known) for item in value]
    return known.get(value, value) if isinstance(value, str) else value


class EditorPage:
    """One window with the editor. `faults` is what went wrong in it."""

    def __init__(self, page: Page, workflow: str) -> None:
        self.page = page
        self.workflow = workflow
        self.faults: list[str] = []
        self.panel = page.locator("aside.panel")
        self.dialog = page.locator("dialog[open]")
        self.data = page.get_by_role("dialog", name="Insert data")
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.faults.append(str(error)))

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not EXPECTED_STATUS.search(message.text):
            self.faults.append(message.text)

    def open(self, query: str = "") -> None:
        self.page.goto(f"/workflows/{self.workflow}/edit{query}")
        self.page.locator("#editor[data-ready]").wait_for()

    # The canvas

    def order(self) -> list[str]:
        """Keys of the steps in reading order, with the lane they stand in: `split/vip>tag`."""
        found: list[str] = self.page.evaluate(
            """() => [...document.querySelectorAll(".world .tile")].slice(1)
                .map((tile) => `${tile.closest(".lane").dataset.lane}>${tile.dataset.key}`)"""
        )
        return [one.removeprefix(">") for one in found]

    def card(self, key: str) -> Locator:
        return self.page.locator(f'.tile[data-key="{key}"] .tile-open')

    def plus(self, lane: str, index: int) -> Locator:
        return self.page.locator(f'.slot[data-lane="{lane}"][data-index="{index}"] .add')

    def drag(self, key: str, lane: str, index: int) -> None:
        """With the mouse, in several movements, as a hand does."""
        self.plus(lane, index).scroll_into_view_if_needed()
        self.card(key).scroll_into_view_if_needed()
        start, target = self.card(key).bounding_box(), self.plus(lane, index).bounding_box()
        assert start
        assert target
        mouse = self.page.mouse
        mouse.move(start["x"] + 40, start["y"] + 20)
        mouse.down()
        mouse.move(start["x"] + 60, start["y"] + 30, steps=3)
        mouse.move(target["x"] + target["width"] / 2, target["y"] + target["height"] / 2, steps=8)
        mouse.up()

    def focused(self) -> str | None:
        """Key of the card that has the focus."""
        found: str | None = self.page.evaluate("() => document.activeElement.closest('.tile')?.dataset.key ?? null")
        return found

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    # Adding

    def choose(self, text: str, name: str = "") -> None:
        """In the open picker: search, then take the entry called `name`, by default the first hit."""
        self.dialog.get_by_role("combobox").fill(text)
        option = self.dialog.get_by_role("option", name=name or text).first
        option.wait_for()
        option.click()

    # The panel

    def tab(self, name: str) -> None:
        self.panel.get_by_role("tab", name=name).click()

    def field(self, pointer: str) -> Locator:
        return self.panel.locator(f'[data-pointer="{pointer}"]')

    def text(self, pointer: str) -> Locator:
        """The text with pills of a field."""
        return self.field(pointer).locator(".pills").first

    def pills(self, pointer: str) -> list[str]:
        """What the pills of a field are called, without their step."""
        return self.field(pointer).locator(".pill-field").all_inner_texts()

    def preview(self, pointer: str) -> Locator:
        return self.field(pointer).locator(".preview").first

    def map(self, pointer: str, search: str) -> None:
        """Type a slash and words of the data's name, and take the first hit."""
        self.text(pointer).click()
        self.press("End")
        self.page.keyboard.type(f" /{search}" if self.text(pointer).inner_text().strip() else f"/{search}")
        self.data.locator(".data-row.active").wait_for()
        self.press("Enter")

    # The draft

    def saved(self) -> None:
        """Waits until everything is stored."""
        expect(self.page.locator('[data-bar="saved"]')).to_have_attribute("data-state", "saved")

    def live(self) -> str:
        return self.page.locator('[data-bar="live"]').inner_text()

    def audit(self, *rules: str) -> list[str]:
        """What axe finds to be inaccessible right now; by all of its rules, or only by these."""
        if not self.page.evaluate("() => 'axe' in window"):
            self.page.evaluate(AXE)
        found: list[str] = self.page.evaluate(AUDIT, {"runOnly": rules} if rules else {})
        return found
