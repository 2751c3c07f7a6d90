"""E-mail, delivered to a real mail server on this machine."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from connectors._kit.caller import Caller
from connectors._kit.context import Credentials, Result
from connectors._kit.doors import Doors
from connectors._kit.egress import EgressPolicy
from connectors._kit.errors import FailureKind, OperationFailed
from connectors._kit.registry import Registry
from tests.support.server import free_port
from tests.support.service import NOW, Service

REGISTRY = Registry.load()
SEND = REGISTRY.operation("smtp.emails.send")
MAIL = {"to": "Maya <maya@example.com>, ben@example.com", "subject": "Grüße", "text": "Hallo Maya\n"}


class Postbox:
    """What the server took; addresses that begin with `no` or `later` are refused."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        self.answer = "250 2.0.0 queued as 7"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Envelope, address: str, options: Any) -> str:  # noqa: N802
        if address.startswith("no"):
            return "550 no such mailbox"
        if address.startswith("later"):
            return "450 try later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:  # noqa: N802
        if self.answer.startswith("250"):
            self.envelopes.append(envelope)
        return self.answer


def last_mail(box: Postbox) -> EmailMessage:
    content = box.envelopes[-1].content
    assert isinstance(content, bytes)
    found = message_from_bytes(content, policy=policy.default)
    assert isinstance(found, EmailMessage)
    return found


def login(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
    right = isinstance(data, LoginPassword) and (data.login, data.password) == (b"ada", b"pw-12345")
    return AuthResult(success=right, handled=right)


@contextmanager
def mail_server(box: Postbox, **settings: Any) -> Iterator[dict[str, Any]]:
    """Values of a connection to it, while it runs."""
    controller = Controller(box, hostname="127.0.0.1", port=free_port(), **settings)
    controller.start()
    try:
        yield {"host": "127.0.0.1", "port": controller.port, "security": "none", "from_email": "shop@example.com"}
    finally:
        controller.stop()


@asynccontextmanager
async def caller(allow: str = "127.0.0.1") -> AsyncIterator[Caller]:
    async with httpx.AsyncClient(transport=Service()) as http:
        yield Caller(REGISTRY, http, lambda: NOW, doors=Doors(egress=EgressPolicy([allow])))


async def send(values: dict[str, Any], mail: dict[str, Any], auth: str = "open", **more: Any) -> Result:
    credentials = Credentials("c1", "smtp", auth, values)
    async with caller() as calls:
        return await calls.execute(SEND, mail, credentials, idempotency_key="run-1", **more)


async def failure(values: dict[str, Any], mail: dict[str, Any], auth: str = "open") -> OperationFailed:
    with pytest.raises(OperationFailed) as raised:
        await send(values, mail, auth)
    return raised.value


async def test_mail_reaches_everybody_and_blind_copies_stay_blind() -> None:
    box = Postbox()
    with mail_server(box) as server:
        html = "<p>Hallo <b>Maya</b></p>"
        result = await send(server, {**MAIL, "html": html, "bcc": "boss@example.com", "from_name": "Harbor Ä"})

    assert box.envelopes[0].rcpt_tos == ["maya@example.com", "ben@example.com", "boss@example.com"]
    mail = last_mail(box)
    assert (mail["Subject"], mail["From"]) == ("Grüße", "Harbor Ä <shop@example.com>")
    assert "boss" not in str(mail)
    assert mail["Message-ID"] == "<run-1@example.com>"
    assert {part.get_content_type(): part.get_content().strip() for part in mail.iter_parts()} == {
        "text/plain": "Hallo Maya",
        "text/html": html,
    }
    assert result.output["accepted"] == ["maya@example.com", "ben@example.com", "boss@example.com"]
    assert "queued as 7" in result.output["answer"]
    (exchange,) = result.exchanges
    assert exchange.request["url"].startswith("smtp://127.0.0.1:")


async def test_dry_run_shows_the_mail_and_sends_nothing() -> None:
    box = Postbox()
    with mail_server(box) as server:
        result = await send(server, MAIL, dry_run=True)

    assert (box.envelopes, result.simulated) == ([], True)
    assert result.exchanges[0].request["body"] == "Hallo Maya\n"


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
async def test_login_is_used_and_a_wrong_one_is_an_auth_failure() -> None:
    box = Postbox()
    with mail_server(box, authenticator=login, auth_required=True, auth_require_tls=False) as server:
        await send({**server, "username": "ada", "password": "pw-12345"}, MAIL, "password")
        refused = await failure({**server, "username": "ada", "password": "wrong-one"}, MAIL, "password")
        async with caller() as calls:
            right = Credentials("c1", "smtp", "password", {**server, "username": "ada", "password": "pw-12345"})
            tested = await calls.test(REGISTRY.connector("smtp"), right)

    assert len(box.envelopes) == 1
    assert refused.failure.kind is FailureKind.AUTH
    assert tested.output == {"label": "127.0.0.1"}


async def test_one_refused_address_does_not_stop_the_others() -> None:
    box = Postbox()
    with mail_server(box) as server:
        result = await send(server, {**MAIL, "to": "nobody@example.com, maya@example.com"})

    assert result.output["accepted"] == ["maya@example.com"]
    assert result.output["refused"] == [{"address": "nobody@example.com", "reason": "no such mailbox"}]


@pytest.mark.parametrize(("to", "kind"), [("no@example.com", "rejected"), ("later@example.com", "transient")])
async def test_mail_that_nobody_gets_fails_for_good_or_for_now(to: str, kind: str) -> None:
    with mail_server(Postbox()) as server:
        error = await failure(server, {**MAIL, "to": to})

    assert error.failure.kind == kind
    assert to in error.failure.message
    assert error.exchanges[0].error != ""


async def test_refused_content_fails_with_the_servers_words() -> None:
    box = Postbox()
    box.answer = "554 looks like spam"
    with mail_server(box) as server:
        error = await failure(server, MAIL)

    assert (error.failure.kind, error.failure.status) == (FailureKind.REJECTED, 554)
    assert "looks like spam" in error.failure.message


async def test_server_that_is_not_there_is_tried_again() -> None:
    error = await failure({"host": "127.0.0.1", "port": free_port(), "from_email": "a@example.com"}, MAIL)

    assert error.failure.kind is FailureKind.TRANSIENT


async def test_server_in_a_private_network_is_not_called() -> None:
    credentials = Credentials("c1", "smtp", "open", {"host": "127.0.0.1", "port": 25, "from_email": "a@example.com"})
    async with caller("public.example.com") as calls:
        with pytest.raises(OperationFailed) as raised:
            await calls.execute(SEND, MAIL, credentials, idempotency_key="k")

    assert raised.value.failure.kind is FailureKind.CONFIG


async def test_missing_encryption_is_an_error_and_never_skipped() -> None:
    box = Postbox()
    with mail_server(box) as server:
        error = await failure({**server, "security": "starttls"}, MAIL)

    assert error.failure.kind is FailureKind.CONFIG
    assert "STARTTLS" in error.failure.message
    assert box.envelopes == []


async def test_certificate_of_nobody_known_is_not_trusted(tmp_path: Path) -> None:
    box = Postbox()
    with mail_server(box, tls_context=own_certificate(tmp_path)) as server:
        error = await failure({**server, "security": "starttls"}, MAIL)

    assert error.failure.kind is FailureKind.CONFIG
    assert "trusted" in error.failure.message
    assert box.envelopes == []


def own_certificate(folder: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    begin = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(private + certificate.public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context
