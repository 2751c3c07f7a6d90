"""Settings: oneself, API tokens, people, and what is set on the server."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest

from engine.errors import NotFound
from tests.web.conftest import PASSWORD, Browser, Site


@pytest.fixture
async def ben(site: Site, anna: Browser) -> AsyncIterator[Browser]:
    """A member, signed in."""
    async with site.browser(site.shell.accounts.create_user("ben@example.com", "Ben", None)) as browser:
        await browser.get("/glossary")
        yield browser


def id_of(site: Site, email: str) -> str:
    user = site.shell.accounts.get_user_by_email(email)
    assert user
    return user.id


async def test_token_is_shown_once_and_works(site: Site, anna: Browser) -> None:
    made = await anna.post("/settings/tokens", {"name": "Backup script"})
    token = re.search(r"sl_[\w-]{20,}", made.text)
    assert token
    assert made.headers["cache-control"] == "no-store"
    assert site.shell.accounts.token_user(token[0])
    later = await anna.get("/settings/tokens")
    assert token[0] not in later.text
    assert "Backup script" in later.text
    assert (await anna.post("/settings/tokens", {"name": " "})).status_code == 422


async def test_revoked_token_works_no_longer(site: Site, anna: Browser) -> None:
    token, record = site.shell.accounts.create_token(id_of(site, "anna@example.com"), "Script")
    await anna.post(f"/settings/tokens/{record.id}/revoke")
    assert site.shell.accounts.token_user(token) is None


async def test_token_of_somebody_else_cannot_be_revoked(site: Site, anna: Browser, ben: Browser) -> None:
    token, record = site.shell.accounts.create_token(id_of(site, "ben@example.com"), "Script")
    assert (await anna.post(f"/settings/tokens/{record.id}/revoke")).status_code == 404
    assert site.shell.accounts.token_user(token)


async def test_password_changes_only_with_the_current_one(site: Site, anna: Browser) -> None:
    refused = await anna.post("/settings/password", {"current": "guess guess", "password": "a new long one"})
    assert refused.status_code == 422
    assert "This is not your current password." in refused.text
    done = await anna.post("/settings/password", {"current": PASSWORD, "password": "a new long one"})
    assert done.status_code == 303
    assert site.shell.accounts.authenticate("anna@example.com", "a new long one")
    assert (await anna.get("/settings")).status_code == 200


async def test_name_and_address_can_be_changed_but_not_taken_from_others(
    site: Site, anna: Browser, ben: Browser
) -> None:
    assert (await anna.post("/settings/profile", {"name": "Anna Berg", "email": "a@example.com"})).status_code == 303
    assert site.shell.accounts.authenticate("a@example.com", PASSWORD)
    refused = await anna.post("/settings/profile", {"name": "Anna", "email": "ben@example.com"})
    assert refused.status_code == 422
    assert "There is already an account with this e-mail address." in refused.text
    assert 'value="ben@example.com"' in refused.text


async def test_invited_person_signs_in_by_the_link_once(site: Site, anna: Browser, stranger: Browser) -> None:
    made = await anna.post("/settings/people", {"name": "Carla", "email": "carla@example.com"})
    link = re.search(r"http://stepline\.test(/signin/[\w-]+)", made.text)
    assert link
    assert made.headers["cache-control"] == "no-store"
    assert link[1] not in (await anna.get("/settings/people")).text
    await stranger.get(link[1])
    assert (await stranger.post(link[1])).headers["location"] == "/"
    assert "Carla" in (await stranger.get("/settings")).text
    assert (await stranger.get(link[1])).status_code == 410
    invited = site.shell.accounts.get_user_by_email("carla@example.com")
    assert invited
    assert not invited.is_owner


async def test_bad_invitation_is_refused_beside_the_field(site: Site, anna: Browser) -> None:
    answer = await anna.post("/settings/people", {"name": "Carla", "email": "carla", "role": "owner"})
    assert answer.status_code == 422
    assert 'id="email-problem"' in answer.text
    assert 'value="Carla"' in answer.text


async def test_lost_link_is_replaced(site: Site, anna: Browser, ben: Browser) -> None:
    answer = await anna.post(f"/settings/people/{id_of(site, 'ben@example.com')}/link")
    assert "Give this link to Ben" in answer.text


async def test_removed_person_is_out_at_once_and_leaves_the_workflows(site: Site, anna: Browser, ben: Browser) -> None:
    ben_id = id_of(site, "ben@example.com")
    workflow = site.workflow(name="Bens workflow")
    site.shell.workflows.organise([workflow.id], owner_id=ben_id)
    asked = (await anna.get(f"/settings/people/{ben_id}/remove")).text
    assert "Bens workflow" in asked
    await anna.post(f"/settings/people/{ben_id}/remove")
    assert (await ben.get("/")).headers["location"] == "/signin"
    assert site.shell.workflows.get(workflow.id).owner_id is None
    with pytest.raises(NotFound):
        site.shell.accounts.get_user(ben_id)


async def test_last_owner_stays(site: Site, anna: Browser) -> None:
    await anna.post(f"/settings/people/{id_of(site, 'anna@example.com')}/remove")
    assert "This is the only owner." in (await anna.get("/settings/people")).text


@pytest.mark.parametrize("path", ["/settings/people", "/settings/server"])
async def test_only_owners_see_people_and_the_server(site: Site, anna: Browser, ben: Browser, path: str) -> None:
    assert (await anna.get(path)).status_code == 200
    assert (await ben.get(path)).status_code == 403
    assert path not in (await ben.get("/settings")).text
    assert path in (await anna.get("/settings")).text


async def test_member_can_neither_invite_nor_remove(site: Site, anna: Browser, ben: Browser) -> None:
    assert (await ben.post("/settings/people", {"name": "Eve", "email": "eve@example.com"})).status_code == 403
    anna_id = id_of(site, "anna@example.com")
    for action in ("link", "remove"):
        assert (await ben.post(f"/settings/people/{anna_id}/{action}")).status_code == 403
    assert site.shell.accounts.get_user_by_email("eve@example.com") is None


async def test_settings_in_force_are_shown_without_secrets(
    site: Site, anna: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STEPLINE_LOG_LEVEL", "info")
    page = (await anna.get("/settings/server")).text
    assert "STEPLINE_PUBLIC_URL" in page
    assert "http://stepline.test" in page
    assert "stepline.toml" in page
    assert len(re.findall(r">Environment<", page)) == 1
    assert str(site.settings.database_url) in page, "SQLite has no password"
