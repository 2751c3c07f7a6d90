"""The e-mail API answers HTTP 200 to everything; its own code says what became of the e-mail."""

from __future__ import annotations

import httpx
import pytest

from connectors._kit.errors import FailureKind, OperationFailed
from tests.connectors.mailercloud.vendor import Answer, carry_out, operation

REPEATED = {9001: FailureKind.RATE_LIMITED, **dict.fromkeys((9013, 9014, 9452, 9999), FailureKind.TRANSIENT)}
FOR_A_PERSON = {9003: FailureKind.AUTH, **dict.fromkeys((9011, 9015, 9024), FailureKind.CONFIG)}
FINAL = (9002, 9004, 9005, 9006, 9007, 9008, 9009, 9010, 9012, 9016, 9017, 9018, 9019, 9021, 9022, 9512)
CASES = [*REPEATED.items(), *FOR_A_PERSON.items(), *((code, FailureKind.REJECTED) for code in FINAL)]
SENDING = ("emails.send", "emails.send_personalized")


def answering(code: object, status: int = 200) -> Answer:
    return lambda _: httpx.Response(status, json={"status": "ERROR", "statusCode": code, "message": "NA"})


@pytest.mark.parametrize("wanted", SENDING)
@pytest.mark.parametrize(("code", "kind"), CASES)
async def test_code_becomes_a_failure_with_a_message_of_its_own(wanted: str, code: int, kind: FailureKind) -> None:
    with pytest.raises(OperationFailed) as raised:
        await carry_out(operation(wanted), operation(wanted).sample_input, answering(code))

    failure = raised.value.failure
    assert failure.kind is kind
    assert failure.remedy
    assert "(code" not in failure.message


async def test_code_written_as_text_means_the_same() -> None:
    wanted = operation("emails.send")

    sent = await carry_out(wanted, wanted.sample_input, answering("1000"))
    with pytest.raises(OperationFailed) as raised:
        await carry_out(wanted, wanted.sample_input, answering("9009"))

    assert sent.output["code"] == "1000"
    assert raised.value.failure.message == "The recipient has unsubscribed."


async def test_unknown_code_is_not_taken_for_success() -> None:
    wanted = operation("emails.send")

    with pytest.raises(OperationFailed, match="code 9777") as raised:
        await carry_out(wanted, wanted.sample_input, answering(9777))

    assert raised.value.failure.kind is FailureKind.REJECTED


async def test_server_error_leaves_open_whether_the_mail_went_out() -> None:
    wanted = operation("emails.send")

    with pytest.raises(OperationFailed) as raised:
        await carry_out(wanted, wanted.sample_input, lambda _: httpx.Response(502))

    assert raised.value.failure.kind is FailureKind.UNCERTAIN
