from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.assembly import Stepline, open_stepline
from engine.settings import Settings
from web.demo import seed, signin_link

HERE = "http://127.0.0.1:8001"
ELSEWHERE = "http://127.0.0.1:9001"


@pytest.fixture
def stepline(tmp_path: Path) -> Iterator[Stepline]:
    opened = open_stepline(Settings.load(data_dir=tmp_path), working=False)
    yield opened
    opened.close()


def test_empty_database_gets_an_owner_two_connections_and_the_workflow_switched_on(stepline: Stepline) -> None:
    demo = seed(stepline, HERE)

    assert demo.owner.is_owner
    assert [connection.connector for connection in demo.connections] == ["gohighlevel", "mailercloud"]
    assert [(workflow.name, workflow.enabled) for workflow in stepline.workflows.list()] == [
        ("Welcome new contacts", True)
    ]


def test_second_start_seeds_nothing_twice(stepline: Stepline) -> None:
    first = seed(stepline, HERE)

    second = seed(stepline, HERE)

    assert second == first
    assert len(stepline.connections.list()) == 2
    assert len(stepline.workflows.list()) == len(stepline.accounts.list_users()) == 1


def test_connections_follow_the_sandbox_to_another_port(stepline: Stepline) -> None:
    first = seed(stepline, HERE)

    second = seed(stepline, ELSEWHERE)

    assert second.hooks == first.hooks
    assert [connection.public["base_url"] for connection in stepline.connections.list()] == [
        f"{ELSEWHERE}/ghl",
        f"{ELSEWHERE}/mailercloud",
    ]
    mailercloud = second.connections[1]
    assert mailercloud.public["base_url_email"] == f"{ELSEWHERE}/mailercloud-email"
    assert stepline.connections.credentials(mailercloud.id).values["api_key"] == "sandbox-mailercloud-key"


def test_what_a_person_changed_stays(stepline: Stepline) -> None:
    demo = seed(stepline, HERE)
    (workflow,) = stepline.workflows.list()
    stepline.workflows.disable(workflow.id)
    stepline.connections.update(demo.connections[0].id, name="My CRM")

    seed(stepline, ELSEWHERE)

    assert stepline.workflows.get(workflow.id).enabled is False
    assert stepline.connections.get(demo.connections[0].id).name == "My CRM"


def test_real_connection_of_the_same_app_is_left_alone(stepline: Stepline) -> None:
    real = stepline.connections.create("mailercloud", "api_key", "My mails", {"api_key": "real"})

    demo = seed(stepline, HERE)

    assert real.id not in [connection.id for connection in demo.connections]
    assert stepline.connections.get(real.id) == real


def test_owner_who_is_there_already_is_signed_in(stepline: Stepline) -> None:
    owner = stepline.accounts.create_user("me@example.com", "Me", "a long password", "owner")

    assert seed(stepline, HERE).owner.id == owner.id


def test_link_signs_the_owner_in(stepline: Stepline) -> None:
    demo = seed(stepline, HERE)

    link = signin_link(stepline, demo.owner, "http://127.0.0.1:8000")

    assert link.startswith("http://127.0.0.1:8000/signin/")
    redeemed = stepline.accounts.redeem_login_link(link.rpartition("/")[2], "signin")
    assert redeemed
    assert redeemed.user_id == demo.owner.id
