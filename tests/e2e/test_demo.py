"""The main job on real HTTP: a contact added in GoHighLevel is welcomed through Mailercloud."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from engine.assembly import open_stepline
from engine.runs import RunDetail
from engine.settings import Settings
from tests.e2e.processes import Started, json_of, started, until

PATTERNS = {
    "product": r"Address\s+(http://\S+)",
    "sandbox": r"Sandbox\s+(http://\S+)",
    "link": r"^\s+(http://\S+/signin/\S+)$",
}


@dataclass(frozen=True)
class Demo:
    started: Started
    data: Path

    def add_contact(self, **fields: str) -> None:
        """As the vendor's own application would."""
        self.started.http.post(
            f"{self.started.found['sandbox']}/ghl/contacts/",
            headers={"Authorization": "Bearer sandbox-ghl-token", "Version": "2021-07-28"},
            json={"locationId": "sandbox-location", **fields},
        ).raise_for_status()

    def mailercloud(self) -> dict[str, Any]:
        """What the sandbox's Mailercloud holds."""
        state = json_of(self.started.http.get(f"{self.started.found['sandbox']}/_sandbox/state"))
        found: dict[str, Any] = state["mailercloud"]
        return found

    def runs(self) -> list[RunDetail]:
        """All runs, newest first, read from the database beside the server."""
        stepline = open_stepline(Settings.load(data_dir=self.data), working=False)
        try:
            return [stepline.runs.get(run.id) for run in stepline.runs.list().items]
        finally:
            stepline.close()

    def welcomed(self, email: str) -> tuple[dict[str, Any], list[str]] | None:
        """The contact in Mailercloud and the subjects of its mails, once both are sent."""
        state = self.mailercloud()
        subjects = [mail["subject"] for mail in state["mails"] if email in mail["to"]]
        contact = next((contact for contact in state["contacts"] if contact["email"] == email), None)
        return (contact, subjects) if contact and len(subjects) == 2 else None


@contextmanager
def running_demo(data: Path) -> Iterator[Demo]:
    options = ["demo", "--port", "0", "--sandbox-port", "0", "--data-dir", str(data)]
    with started(options, PATTERNS, data.with_suffix(".log")) as process:
        yield Demo(process, data)


def test_contact_is_welcomed_before_and_after_a_restart(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running_demo(data) as demo:
        # given the demo, when a contact is added
        demo.add_contact(firstName="Anna", lastName="Berg", email="anna@example.com", phone="+491701234567")

        # then Mailercloud has the contact, its tag and both mails, and the run succeeded
        contact, subjects = until(lambda: demo.welcomed("anna@example.com"), 40) or ({}, [])
        assert (contact["name"], contact["last_name"]) == ("Anna", "Berg")
        assert (contact["lists"], contact["tags"]) == (["sbWelc"], ["welcome"])
        assert subjects == ["Welcome to Harbor Studio", "Three ideas to begin with"]
        (run,) = until(lambda: [run for run in demo.runs() if run.run.finished], 10)
        assert (run.run.status, run.run.mode) == ("succeeded", "live")
        steps = ["has_email", "add_contact", "tag_contact", "welcome_mail", "wait", "second_mail"]
        assert [step.key for step in run.steps] == steps

        # when it is asked to stop, then it does so quietly
        assert demo.started.stop() == 0
        assert "ERROR" not in demo.started.output.read_text()

    with running_demo(data) as demo:
        # given a second start on other ports, then its data is there and nothing is seeded twice
        assert [run.run.subject for run in demo.runs()] == ["anna@example.com"]

        # when another contact is added, then the hook leads to the new address
        demo.add_contact(firstName="Ben", email="ben@example.com")
        until(lambda: demo.welcomed("ben@example.com"), 40)
        assert [run.run.subject for run in demo.runs()] == ["ben@example.com", "anna@example.com"]


def test_printed_link_opens_the_product_signed_in_once(tmp_path: Path) -> None:
    with running_demo(tmp_path / "data") as demo, httpx.Client() as browser:
        product, link = demo.started.found["product"], demo.started.found["link"]
        assert httpx.get(product).headers["location"].startswith("/signin")

        token = re.search(r'name="csrftoken" value="([^"]+)"', browser.get(link).text)
        assert token
        signed_in = browser.post(link, data={"csrftoken": token[1]}, follow_redirects=True)

        assert signed_in.status_code == 200
        assert "Welcome new contacts" in browser.get(f"{product}/workflows").text
        assert httpx.get(link).status_code == 410


def test_both_connections_are_tested_when_the_link_is_printed(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running_demo(data):
        stepline = open_stepline(Settings.load(data_dir=data), working=False)

        assert [(found.connector, found.status) for found in stepline.connections.list()] == [
            ("gohighlevel", "ok"),
            ("mailercloud", "ok"),
        ]
        stepline.close()
