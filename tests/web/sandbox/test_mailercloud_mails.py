from __future__ import annotations

from typing import Any

import pytest

from tests.support.clock import SettableClock
from tests.web.sandbox.world import World
from web.sandbox import SANDBOX_MAILERCLOUD_LIST, SANDBOX_SENDER_EMAIL

SENDER = {"sender_email": SANDBOX_SENDER_EMAIL, "sender_name": "Harbor"}
DRAFT = {
    "name": "Spring news",
    "subject": "Hello spring",
    "html": "<p>Hello</p>",
    "list_ids": [SANDBOX_MAILERCLOUD_LIST],
    "sender": SENDER,
}


def mail(**changes: Any) -> dict[str, Any]:
    good = {
        "from": SANDBOX_SENDER_EMAIL,
        "fromName": "Harbor",
        "subject": "Welcome",
        "html": "<p>Welcome</p>",
        "recipients": {"to": [{"name": "Lena", "email": "lena@example.com"}]},
    }
    return good | changes


async def post(world: World, path: str, body: Any) -> Any:
    response = await world.mailercloud("POST", path, body)
    assert response.status_code == 200, response.text
    return response.json()


async def subscribe(world: World, *emails: str) -> None:
    for email in emails:
        await post(world, "/contacts", {"email": email, "list_id": SANDBOX_MAILERCLOUD_LIST})


async def react(world: World, event: str, email: str = "lena@example.com") -> None:
    sent = world.sandbox.mailercloud.mails.all()[-1]
    form = {"mail": sent["id"], "email": email, "event": event}
    response = await world.http.post("/_sandbox/page/react", data=form)
    assert response.status_code == 303, response.text


async def test_good_mail_is_sent_and_remembered(world: World) -> None:
    answer = await world.send_email(mail())

    assert answer == {"status": "SUCCESS", "statusCode": 1000, "message": "NA"}
    sent = (await world.http.get("/_sandbox/state")).json()["mailercloud"]["mails"][0]
    assert (sent["to"], sent["subject"]) == (["lena@example.com"], "Welcome")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"from": "stranger@example.com"}, 9011),
        ({"from": ""}, 9005),
        ({"recipients": {"to": []}}, 9004),
        ({"recipients": {"to": [{"email": "nobody"}]}}, 9018),
        ({"subject": ""}, 9016),
    ],
)
async def test_bad_mail_is_answered_200_with_the_vendors_code(world: World, changes: dict[str, Any], code: int) -> None:
    answer = await world.send_email(mail(**changes))

    assert (answer["status"], answer["statusCode"]) == ("ERROR", code)
    assert world.sandbox.mailercloud.mails.all() == []


async def test_wrong_key_and_wrong_version_have_codes_too(world: World) -> None:
    body = {"version": "1.0", "email": mail()}
    key = await world.http.post("/mailercloud-email/email", json=body, headers={"Authorization": "wrong"})
    version = await world.send_email(mail(), version="2.0")

    assert (key.status_code, key.json()["statusCode"]) == (200, 9003)
    assert version["statusCode"] == 9022


async def test_unsubscribed_person_gets_transactional_mail_but_no_promotion(world: World) -> None:
    await subscribe(world, "lena@example.com")
    await world.send_email(mail())
    await react(world, "unsubscribe")

    transactional = await world.send_email(mail(), metadata={"campaignType": "TRANSACTIONAL"})
    promotion = await world.send_email(mail(), metadata={"campaignType": "PROMOTIONAL"})

    assert (transactional["statusCode"], promotion["statusCode"]) == (1000, 9009)


async def test_bounced_person_gets_nothing_more(world: World) -> None:
    await subscribe(world, "lena@example.com")
    await world.send_email(mail())
    await react(world, "bounce")

    assert (await world.send_email(mail()))["statusCode"] == 9010


@pytest.mark.parametrize(
    ("event", "title", "more"),
    [
        ("open", "Opened", {}),
        ("click", "Clicked", {"URL": "https://example.com/offer"}),
        ("unsubscribe", "Unsubscribed", {"list_id": [SANDBOX_MAILERCLOUD_LIST]}),
        ("bounce", "Bounced", {"reason": "mailbox not found"}),
        ("spam", "Spam", {"reason": "marked as spam"}),
        ("fail", "Campaign Failed", {"reason": "sending failed"}),
    ],
)
async def test_reaction_of_a_recipient_reaches_the_hook(
    world: World, event: str, title: str, more: dict[str, Any]
) -> None:
    world.listen("mailercloud")
    await subscribe(world, "lena@example.com")
    await world.send_email(mail())

    await react(world, event)

    (payload,) = await world.delivered()
    assert (
        payload
        == {
            "event": title,
            "campaign_name": "Welcome",
            "campaign_id": world.sandbox.mailercloud.mails.all()[0]["id"],
            "tag_name": "",
            "date_event": "2026-03-02 09:00:00",
            "ts": 1772442000,
            "ts_event": 1772442000,
            "email": "lena@example.com",
        }
        | more
    )
    assert world.receiver.requests[0].headers["Webhook-Type"] == title


@pytest.mark.parametrize(
    ("event", "contact_type"),
    [("open", "active"), ("unsubscribe", "unsubscribe"), ("bounce", "bounce"), ("spam", "spam complaints")],
)
async def test_reaction_changes_the_contact(world: World, event: str, contact_type: str) -> None:
    await subscribe(world, "lena@example.com")
    await world.send_email(mail())

    await react(world, event)

    contact = world.sandbox.mailercloud.contacts.get("lena@example.com")
    assert contact["contact_type"] == contact_type


async def test_hook_gets_only_the_events_it_asked_for(world: World) -> None:
    world.listen("mailercloud", events=["click"])
    await world.send_email(mail())

    await react(world, "open")
    await react(world, "click")

    assert [payload["event"] for payload in await world.delivered()] == ["Clicked"]


async def test_campaign_goes_to_the_active_contacts_of_its_lists_and_announces_it(world: World) -> None:
    world.listen("mailercloud")
    await subscribe(world, "lena@example.com", "mira@example.com")
    await world.mailercloud("PUT", "/contacts/mira@example.com", {"contact_type": "unsubscribe"})
    created = await post(world, "/campaign", DRAFT)

    await post(world, f"/campaign/schedule/{created['id']}", {})

    (payload,) = await world.delivered()
    assert payload["event"] == "Campaign Sent"
    assert payload["emails"] == ["lena@example.com"]
    assert payload["campaign_name"] == "Spring news"
    campaign = (await world.mailercloud("GET", f"/campaign/{created['id']}")).json()
    assert campaign["status"] == "Finished"


async def test_campaign_to_2500_people_is_announced_in_batches_of_a_thousand(roomy: World) -> None:
    roomy.listen("mailercloud")
    for number in range(2_500):
        values = {"email": f"p{number}@example.com", "list_id": SANDBOX_MAILERCLOUD_LIST}
        roomy.sandbox.mailercloud.contacts.create(values)

    await post(roomy, "/campaign/save", DRAFT | {"is_publish": "1"})

    assert [len(payload["emails"]) for payload in await roomy.delivered()] == [1_000, 1_000, 500]


async def test_scheduled_campaign_is_sent_at_its_time(world: World, clock: SettableClock) -> None:
    await subscribe(world, "lena@example.com")
    created = await post(world, "/campaign", DRAFT)

    await post(world, f"/campaign/schedule/{created['id']}", {"scheduled_at": "2026-03-02 10:30:00"})
    await world.sandbox.courier.settled()

    assert world.naps.taken == [5_400]
    assert world.sandbox.mailercloud.mails.all()[0]["at"] == "2026-03-02 10:30:00"


async def test_campaign_list_shows_what_recipients_did(world: World) -> None:
    await subscribe(world, "lena@example.com", "mira@example.com")
    created = await post(world, "/campaign/save", DRAFT | {"is_publish": "1"})
    await react(world, "open")
    await react(world, "open")
    await react(world, "bounce", "mira@example.com")

    answer = await post(world, "/campaign/list", {"page": 1, "limit": 10, "status": "Finished"})
    opens = await post(world, f"/campaign/{created['id']}/opens", {})

    domains = await post(world, f"/campaign/domain/report/{created['id']}", {})

    row = answer["data"][0]
    assert domains["data"] == [{"domain": "example.com", "sent": 2}]
    assert row["recepiant"] == {"total_lists": 1, "lists": "Welcome", "lists_contact_count": 2}
    summary = row["report_summary"]
    assert (summary["sent"], summary["delivered"], summary["opens"]) == (2, 1, 1)
    assert summary["open_percentage"] == "100.00"
    assert [entry["email"] for entry in opens["data"]] == ["lena@example.com"] * 2


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"sender": {"sender_email": "stranger@example.com", "sender_name": "X"}}, "sender_email"),
        ({"reply_email": "stranger@example.com"}, "reply_email"),
        ({"subject": ""}, "subject"),
        ({"list_ids": []}, "list_ids"),
    ],
)
async def test_campaign_the_vendor_does_not_take_is_refused_with_400(
    world: World, changes: dict[str, Any], field: str
) -> None:
    response = await world.mailercloud("POST", "/campaign", DRAFT | changes)

    assert response.status_code == 400
    assert response.json()["errors"][0]["field"] == field


@pytest.mark.parametrize("scheduled_at", ["2026-03-02T10:30:00Z", "2026-03-01 10:00:00"])
async def test_campaign_cannot_be_scheduled_for_the_past_or_in_another_form(world: World, scheduled_at: str) -> None:
    created = await post(world, "/campaign", DRAFT)

    response = await world.mailercloud("POST", f"/campaign/schedule/{created['id']}", {"scheduled_at": scheduled_at})

    assert response.status_code == 400


async def test_sent_campaign_cannot_be_sent_again(world: World) -> None:
    created = await post(world, "/campaign/save", DRAFT | {"is_publish": "1"})

    response = await world.mailercloud("POST", f"/campaign/schedule/{created['id']}", {})

    assert response.status_code == 400


async def test_test_mail_goes_to_the_given_address_only(world: World) -> None:
    await subscribe(world, "lena@example.com")
    created = await post(world, "/campaign", DRAFT)

    await post(world, f"/campaign/testmail/{created['id']}", {"email": "me@example.com"})

    assert [sent["to"] for sent in world.sandbox.mailercloud.mails.all()] == [["me@example.com"]]
