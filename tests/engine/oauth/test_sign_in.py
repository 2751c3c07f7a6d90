"""Signing in at a service: there and back once, for the person who left, into the connection it was begun for."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from engine.errors import Refused
from engine.oauth.sign_in import Declined
from tests.support.signing_in import SCOPES, SigningIn
from web.sandbox import SANDBOX_GHL_COMPANY, SANDBOX_GHL_LOCATION, SANDBOX_GHL_SECOND_LOCATION


async def test_signing_in_fills_the_connection_and_proves_it(anna: SigningIn) -> None:
    connection = anna.draft()

    done = await anna.connect(connection)

    assert done.outcome is not None and done.outcome.ok
    assert done.outcome.message == "Harbor Studio (sandbox)"
    values = anna.values(connection)
    assert (values["location_id"], values["company_id"]) == (SANDBOX_GHL_LOCATION, SANDBOX_GHL_COMPANY)
    assert values["scopes"] == SCOPES.split()
    assert values["access_token"] and values["refresh_token"]
    record = anna.stepline.connections.get(connection)
    assert record.status == "ok"
    assert not {"access_token", "refresh_token", "client_secret"} & set(record.public)


async def test_address_names_app_scopes_and_our_callback_but_no_secret(anna: SigningIn) -> None:
    url = anna.stepline.sign_ins.begin(anna.draft(), anna.user_id)

    query = parse_qs(urlsplit(url).query)
    assert query["redirect_uri"] == ["https://stepline.test/oauth/callback"] == [anna.stepline.sign_ins.redirect_uri]
    assert query["scope"] == [SCOPES]
    assert "sandbox-client-secret" not in url


async def test_run_uses_the_new_token(anna: SigningIn) -> None:
    connection = anna.draft()
    await anna.connect(connection)

    run = await anna.run(anna.target(connection))

    assert run.status == "succeeded"


async def test_state_counts_once(anna: SigningIn) -> None:
    connection, sign_ins = anna.draft(), anna.stepline.sign_ins
    back = await anna.allow(sign_ins.begin(connection, anna.user_id))
    await sign_ins.finish(back["state"], back["code"], anna.user_id)
    before = anna.values(connection)["access_token"]

    with pytest.raises(Refused, match="used already"):
        await sign_ins.finish(back["state"], back["code"], anna.user_id)

    assert anna.values(connection)["access_token"] == before


@pytest.mark.parametrize("forge", ["", "x", "x.y", "{token}.", "{token}.0000", "other.{signature}"])
async def test_forged_state_is_refused(anna: SigningIn, forge: str) -> None:
    sign_ins = anna.stepline.sign_ins
    back = await anna.allow(sign_ins.begin(anna.draft(), anna.user_id))
    token, _, signature = back["state"].partition(".")

    with pytest.raises(Refused, match="not begun here by you"):
        await sign_ins.finish(forge.format(token=token, signature=signature), back["code"], anna.user_id)


async def test_state_of_one_person_is_worth_nothing_to_another(anna: SigningIn) -> None:
    sign_ins = anna.stepline.sign_ins
    connection = anna.draft()
    back = await anna.allow(sign_ins.begin(connection, anna.user_id))

    with pytest.raises(Refused, match="not begun here by you"):
        await sign_ins.finish(back["state"], back["code"], "somebody-else")

    assert "access_token" not in anna.values(connection)


async def test_state_ends_after_a_quarter_of_an_hour(anna: SigningIn) -> None:
    sign_ins = anna.stepline.sign_ins
    back = await anna.allow(sign_ins.begin(anna.draft(), anna.user_id))
    anna.clock.forward(minutes=16)

    with pytest.raises(Refused, match="took too long"):
        await sign_ins.finish(back["state"], back["code"], anna.user_id)


async def test_connection_that_was_pointed_elsewhere_meanwhile_gets_no_token(anna: SigningIn) -> None:
    connection, sign_ins = anna.draft(), anna.stepline.sign_ins
    back = await anna.allow(sign_ins.begin(connection, anna.user_id))
    record = anna.stepline.connections.get(connection)
    changed = {**record.public, "authorize_url": "https://evil.example/in"}
    anna.stepline.connections.update(connection, values=changed)

    with pytest.raises(Refused, match="changed in the meantime"):
        await sign_ins.finish(back["state"], back["code"], anna.user_id)

    assert "access_token" not in anna.values(connection)


async def test_denial_and_spent_code_are_told(anna: SigningIn) -> None:
    connection = anna.draft()
    with pytest.raises(Declined, match="denied"):
        await anna.connect(connection, "deny")

    sign_ins = anna.stepline.sign_ins
    back = await anna.allow(sign_ins.begin(connection, anna.user_id))
    with pytest.raises(Declined, match="authorization code is invalid") as refused:
        await sign_ins.finish(back["state"], "guess", anna.user_id)
    assert refused.value.connection_id == connection


async def test_agency_sign_in_waits_for_the_choice_of_a_location(anna: SigningIn) -> None:
    connection = anna.draft()

    done = await anna.connect(connection, "")

    assert done.outcome is None
    accounts = await anna.stepline.sign_ins.accounts(connection)
    assert [account["label"] for account in accounts] == ["Harbor Studio", "Harbor Studio North"]

    chosen = await anna.stepline.sign_ins.choose(connection, SANDBOX_GHL_LOCATION)

    assert chosen.outcome is not None and chosen.outcome.message == "Harbor Studio (sandbox)"
    assert anna.values(connection)["location_id"] == SANDBOX_GHL_LOCATION
    assert (await anna.run(anna.target(connection))).status == "succeeded"
    with pytest.raises(Refused, match="nothing to choose"):
        await anna.stepline.sign_ins.accounts(connection)


async def test_locations_without_permission_to_list_them_come_by_their_ids(anna: SigningIn) -> None:
    connection = anna.draft(ask_scopes="locations.readonly oauth.write")
    await anna.connect(connection, "")

    accounts = await anna.stepline.sign_ins.accounts(connection)

    assert [account["value"] for account in accounts] == [SANDBOX_GHL_LOCATION, SANDBOX_GHL_SECOND_LOCATION]


async def test_agency_reconnects_to_the_location_it_had(anna: SigningIn) -> None:
    connection = anna.draft()
    await anna.connect(connection, "")
    await anna.stepline.sign_ins.choose(connection, SANDBOX_GHL_SECOND_LOCATION)

    again = await anna.connect(connection, "")

    assert again.outcome is not None
    assert anna.values(connection)["location_id"] == SANDBOX_GHL_SECOND_LOCATION


async def test_another_location_never_slips_into_a_connection(anna: SigningIn) -> None:
    connection = anna.draft()
    await anna.connect(connection)
    before = anna.values(connection)

    with pytest.raises(Declined, match="another account"):
        await anna.connect(connection, SANDBOX_GHL_SECOND_LOCATION)

    assert anna.values(connection) == before


async def test_saving_the_form_keeps_the_sign_in_and_another_app_drops_it(anna: SigningIn) -> None:
    connection, connections = anna.draft(), anna.stepline.connections
    await anna.connect(connection)
    form = {
        name: value for name, value in connections.get(connection).public.items() if name in ("client_id", "base_url")
    }

    connections.update(connection, values=form)
    kept = anna.values(connection)
    assert kept["access_token"] and kept["location_id"] == SANDBOX_GHL_LOCATION

    connections.update(connection, values={**form, "client_id": "another-app", "client_secret": "s-2"})
    dropped = anna.values(connection)
    assert not {"access_token", "refresh_token", "scopes", "location_id"} & set(dropped)


async def test_missing_permission_is_named_before_the_first_run(anna: SigningIn) -> None:
    connection = anna.draft(ask_scopes="contacts.readonly locations.readonly")
    await anna.connect(connection)
    step = {
        "key": "add",
        "kind": "action",
        "operation": "gohighlevel.contacts.create",
        "connection": connection,
        "input": {"email": "ada@example.com"},
    }
    definition = {"trigger": {"operation": "webhook.hooks.received"}, "steps": [step]}
    workflow = anna.stepline.workflows.create("Add", definition)

    (problem,) = anna.stepline.versions.problems(workflow.id)

    assert (problem.step, problem.field) == ("add", "connection")
    assert "contacts.write" in problem.message
    (missing,) = anna.stepline.connections.missing_scopes(connection)
    assert (missing.scope, missing.workflow.name) == ("contacts.write", "Add")

    form = {**anna.stepline.connections.get(connection).public, "ask_scopes": SCOPES}
    anna.stepline.connections.update(connection, values=form)
    await anna.connect(connection)
    assert anna.stepline.versions.problems(workflow.id) == []
    assert anna.stepline.connections.missing_scopes(connection) == []


async def test_private_token_is_not_compared_with_anything(anna: SigningIn) -> None:
    values = {"token": "sandbox-ghl-token", "location_id": SANDBOX_GHL_LOCATION, "base_url": "http://sandbox.test/ghl"}
    connection = anna.stepline.connections.create("gohighlevel", "private_token", "By token", values).id

    assert (await anna.run(anna.target(connection))).status == "succeeded"
    assert anna.stepline.connections.missing_scopes(connection) == []
    with pytest.raises(Refused):
        anna.stepline.sign_ins.begin(connection, anna.user_id)
