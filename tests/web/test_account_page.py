"""One's own account: the password and API tokens."""

from __future__ import annotations

import re

from tests.web.conftest import PASSWORD, Browser, Site


async def test_token_is_shown_once_and_works(site: Site, anna: Browser) -> None:
    made = await anna.post("/account/tokens", {"name": "Backup script"})
    token = re.search(r"sl_[\w-]{20,}", made.text)
    assert token
    assert made.headers["cache-control"] == "no-store"
    assert site.shell.accounts.token_user(token[0])
    later = await anna.get("/account")
    assert token[0] not in later.text
    assert "Backup script" in later.text


async def test_revoked_token_works_no_longer(site: Site, anna: Browser) -> None:
    user = site.shell.accounts.get_user_by_email("anna@example.com")
    assert user
    token, record = site.shell.accounts.create_token(user.id, "Script")
    await anna.post(f"/account/tokens/{record.id}/revoke")
    assert site.shell.accounts.token_user(token) is None


async def test_token_of_somebody_else_cannot_be_revoked(site: Site, anna: Browser) -> None:
    ben = site.shell.accounts.create_user("ben@example.com", "Ben", None)
    token, record = site.shell.accounts.create_token(ben.id, "Script")
    assert (await anna.post(f"/account/tokens/{record.id}/revoke")).status_code == 404
    assert site.shell.accounts.token_user(token)


async def test_password_changes_only_with_the_current_one(site: Site, anna: Browser) -> None:
    refused = await anna.post("/account/password", {"current": "guess guess", "password": "a new long one"})
    assert refused.status_code == 422
    assert "This is not your current password." in refused.text
    done = await anna.post("/account/password", {"current": PASSWORD, "password": "a new long one"})
    assert done.status_code == 303
    assert site.shell.accounts.authenticate("anna@example.com", "a new long one")
    assert (await anna.get("/account")).status_code == 200
