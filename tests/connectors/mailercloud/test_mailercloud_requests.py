"""Every request of the connector is one that Mailercloud is known to take, and every known operation is there."""

from __future__ import annotations

import pytest

from connectors._kit.errors import InputInvalid, OperationFailed
from connectors._kit.model import Operation
from connectors._kit.schema import compile_schema
from tests.connectors.mailercloud.vendor import (
    carry_out,
    connector,
    documented,
    operation,
    vendor_operations,
)

SENDING = [
    wanted for wanted in connector().operations.values() if wanted.trigger is None or wanted.trigger.mode == "poll"
]
every_sending = pytest.mark.parametrize("wanted", SENDING, ids=lambda wanted: wanted.id)


@every_sending
async def test_requests_made_from_the_sample_input_are_documented(wanted: Operation) -> None:
    outcome = await carry_out(wanted, wanted.sample_input)

    assert outcome.requests
    for request in outcome.requests:
        known = documented(request)
        assert known is not None, f"{request.method} {request.url} is not known"
        assert known.problems(request) == []


@every_sending
async def test_the_key_is_sent_raw_with_every_request(wanted: Operation) -> None:
    outcome = await carry_out(wanted, wanted.sample_input)

    assert {request.headers["Authorization"] for request in outcome.requests} == {"test-key"}
    assert {request.headers["User-Agent"] for request in outcome.requests} == {"Stepline"}


@pytest.mark.parametrize(
    "wanted",
    [wanted for wanted in SENDING if wanted.request and wanted.kind != "options"],
    ids=lambda wanted: wanted.id,
)
async def test_documented_answers_fit_the_output_schema(wanted: Operation) -> None:
    outcome = await carry_out(wanted, wanted.sample_input)

    known = documented(outcome.requests[-1])
    assert known is not None
    if known.response is not None:
        assert compile_schema(wanted.output_schema).problems(outcome.output) == ()


async def test_every_known_operation_is_offered() -> None:
    reached = set()
    for wanted in SENDING:
        for request in (await carry_out(wanted, wanted.sample_input)).requests:
            known = documented(request)
            reached.add(known.id if known else "")

    # Tags are only made when they are missing, which the documented answers do not show.
    reached.add(str(_known_id(await carry_out(operation("tags.create"), {"name": "vip"}))))
    assert {known.id for known in vendor_operations()} - reached == set()


@every_sending
async def test_certainty_is_that_of_the_facts(wanted: Operation) -> None:
    if wanted.run:
        return
    known = documented((await carry_out(wanted, wanted.sample_input)).requests[0])

    assert known is not None
    assert wanted.certainty == known.certainty
    assert wanted.beta or known.certainty != "inferred-path"


def _known_id(outcome: object) -> str:
    known = documented(outcome.requests[0])  # type: ignore[attr-defined]
    return known.id if known else ""


@pytest.mark.parametrize("wanted", ["contacts.create", "contacts.upsert", "contacts.update", "contacts.batch"])
async def test_both_sets_of_field_names_are_documented(wanted: str) -> None:
    older = await carry_out(operation(wanted), operation(wanted).sample_input)
    newer = await carry_out(operation(wanted), operation(wanted).sample_input, field_names="newer")

    assert "first_name" not in str(older.bodies) and "'name': 'Jane'" in str(older.bodies)
    assert "'first_name': 'Jane'" in str(newer.bodies) and "'name'" not in str(newer.bodies)
    known = documented(newer.requests[0])
    assert known is not None and known.problems(newer.requests[0]) == []


@pytest.mark.parametrize(
    "path", ["https://evil.example.com/", "//evil.example.com/", "client/plan", "/\\evil.example.com"]
)
async def test_own_requests_cannot_carry_the_key_elsewhere(path: str) -> None:
    with pytest.raises(InputInvalid):
        await carry_out(operation("account.call"), {"method": "GET", "path": path})


@pytest.mark.parametrize("wanted", ["contacts.tag", "contacts.set_property", "contacts.update"])
async def test_ids_cannot_lead_to_other_places(wanted: str) -> None:
    values = {**operation(wanted).sample_input, "contact": ".."}

    with pytest.raises((InputInvalid, OperationFailed)):
        await carry_out(operation(wanted), values)
