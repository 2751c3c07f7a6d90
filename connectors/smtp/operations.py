"""E-mail by SMTP."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, getaddresses, parseaddr
from typing import Any

import aiosmtplib

from connectors._kit.context import Context
from connectors._kit.errors import EgressRefused, Failure, FailureKind, OperationFailed, UnusableValue
from connectors._kit.values import shown

Input = Mapping[str, Any]
Output = dict[str, Any]

_SECONDS = 30
_OWN_HEADERS = frozenset(("to", "cc", "bcc", "from", "subject", "date", "message-id", "mime-version", "reply-to"))
_RESERVED = ("content-",)


async def send(input: Input, context: Context) -> Output:
    """A mail counts as sent when the server took it for at least one address."""
    message, recipients = _message(input, context)
    server = _values(context)
    address = f"smtp://{server['host']}:{server['port']}"
    headers = {name: str(value) for name, value in message.items()}
    request = {"method": "SEND", "url": address, "headers": headers, "body": input.get("text") or input.get("html")}
    output: Output = {}

    async def talk() -> Mapping[str, Any]:
        output.update(await _deliver(message, recipients, context))
        return {"status": 250, "headers": {}, "body": output["answer"]}

    await context.talk(request, talk)
    return output


async def check_login(input: Input, context: Context) -> Output:
    """Logs in and leaves again; the label is the server's name."""
    client = await _open(context)
    await _leave(client)
    return {"label": str(_values(context)["host"])}


async def _deliver(message: EmailMessage, recipients: list[str], context: Context) -> Output:
    client = await _open(context)
    try:
        refused, answer = await client.send_message(message, recipients=recipients)
    except aiosmtplib.SMTPRecipientsRefused as error:
        raise _refused(error) from error
    except (aiosmtplib.SMTPSenderRefused, aiosmtplib.SMTPDataError) as error:
        raise _answered(error.code, error.message) from error
    except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
        text = "The connection broke while the e-mail was sent, so nobody knows whether it was."
        raise OperationFailed(Failure(FailureKind.UNCERTAIN, text, str(error))) from error
    finally:
        await _leave(client)
    return {
        "message_id": str(message["Message-ID"]),
        "accepted": [address for address in recipients if address not in refused],
        "refused": [{"address": address, "reason": reply.message} for address, reply in refused.items()],
        "answer": answer,
    }


async def _open(context: Context) -> aiosmtplib.SMTP:
    """Connected, encrypted and logged in. Raises OperationFailed; nothing was sent then."""
    values = _values(context)
    host, port, security = str(values["host"]), int(values["port"]), values.get("security", "starttls")
    try:
        connected = await context.connect(host, port, _SECONDS)
    except EgressRefused as error:
        remedy = "If this server is meant, an administrator can add it to the allowed addresses."
        raise OperationFailed(Failure(FailureKind.CONFIG, str(error), remedy=remedy)) from error
    except (OSError, TimeoutError) as error:
        message = f"The mail server {host} cannot be reached at port {port}."
        raise OperationFailed(Failure(FailureKind.TRANSIENT, message, str(error))) from error
    client = aiosmtplib.SMTP(
        hostname=host, sock=connected, use_tls=security == "tls", start_tls=security == "starttls", timeout=_SECONDS
    )
    try:
        await client.connect()
        if values.get("username"):
            await client.login(str(values["username"]), str(values.get("password") or ""))
    except aiosmtplib.SMTPAuthenticationError as error:
        await _leave(client)
        message = "The mail server does not accept the user name or the password."
        remedy = "Correct them in the connection. Many providers want a password made for apps."
        raise OperationFailed(Failure(FailureKind.AUTH, message, error.message, error.code, remedy=remedy)) from error
    except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
        await _leave(client)
        connected.close()
        raise _not_opened(host, error) from error
    return client


def _not_opened(host: str, error: Exception) -> OperationFailed:
    text = str(error)
    if isinstance(error.__cause__, ssl.SSLError) or isinstance(error, ssl.SSLError) or "certificate" in text.lower():
        message = f"The encrypted connection to {host} cannot be trusted or made."
        remedy = "Check the server's name, the port and the kind of encryption."
        return OperationFailed(Failure(FailureKind.CONFIG, message, text, remedy=remedy))
    if "starttls" in text.lower():
        message = f"{host} offers no STARTTLS at this port."
        return OperationFailed(Failure(FailureKind.CONFIG, message, text, remedy="Choose another encryption or port."))
    code = getattr(error, "code", None)
    kind = FailureKind.CONFIG if isinstance(code, int) and code >= 500 else FailureKind.TRANSIENT
    return OperationFailed(Failure(kind, f"The mail server {host} did not let us in.", text, code))


def _refused(error: aiosmtplib.SMTPRecipientsRefused) -> OperationFailed:
    """All addresses were; for a while (4xx) or for good."""
    first = error.recipients[0]
    return _answered(first.code, f"{first.recipient}: {first.message}")


def _answered(code: int, message: str) -> OperationFailed:
    if 400 <= code < 500:
        return OperationFailed(
            Failure(FailureKind.TRANSIENT, f"The mail server cannot take it now: {message}", status=code)
        )
    return OperationFailed(Failure(FailureKind.REJECTED, f"The mail server refuses the e-mail: {message}", status=code))


async def _leave(client: aiosmtplib.SMTP) -> None:
    try:
        if client.is_connected:
            await client.quit()
    except (aiosmtplib.SMTPException, OSError, TimeoutError):
        client.close()


def _message(input: Input, context: Context) -> tuple[EmailMessage, list[str]]:
    values, message = _values(context), EmailMessage()
    sender = input.get("from_email") or values.get("from_email")
    if not sender:
        text = "There is no sender's address."
        raise OperationFailed(
            Failure(FailureKind.CONFIG, text, remedy="Put one into the connection or into this step.")
        )
    name = input.get("from_name") or values.get("from_name") or ""
    recipients: list[str] = []
    _set(message, "From", [_address(str(name), str(sender))])
    for header, key in (("To", "to"), ("Cc", "cc"), ("Bcc", "bcc")):
        people = _people(input.get(key) or "")
        recipients.extend(person.addr_spec for person in people)
        if people and key != "bcc":
            _set(message, header, people)
    if input.get("reply_to"):
        _set(message, "Reply-To", _people(input["reply_to"]))
    _set(message, "Subject", input["subject"])
    _set(message, "Date", format_datetime(context.now))
    domain = str(sender).rpartition("@")[2] or "localhost"
    # The same for every try of one step, so that a mailbox that gets it twice can tell.
    _set(message, "Message-ID", f"<{context.idempotency_key or 'stepline'}@{domain}>")
    for header, value in (input.get("headers") or {}).items():
        if header.lower() in _OWN_HEADERS or header.lower().startswith(_RESERVED):
            raise UnusableValue(f"The header {shown(header)} has a field of its own or cannot be set.")
        _set(message, header, str(value))
    _fill(message, input)
    return message, list(dict.fromkeys(recipients))


def _fill(message: EmailMessage, input: Input) -> None:
    text, html = input.get("text") or "", input.get("html") or ""
    if not text.strip() and not html.strip():
        raise UnusableValue("The e-mail has neither a text nor HTML.")
    if text.strip():
        message.set_content(text)
    if html.strip() and text.strip():
        message.add_alternative(html, subtype="html")
    elif html.strip():
        message.set_content(html, subtype="html")


def _set(message: EmailMessage, name: str, value: Any) -> None:
    try:
        message[name] = value
    except ValueError as error:
        raise UnusableValue(f"{name} must not hold a line break or other signs that mail does not allow.") from error


def _people(text: str) -> list[Address]:
    if "\n" in text or "\r" in text:
        raise UnusableValue("Addresses must not hold a line break.")
    return [_address(name, address) for name, address in getaddresses([text]) if name or address]


def _address(name: str, address: str) -> Address:
    user, at, domain = parseaddr(address)[1].rpartition("@")
    if not (user and at and ("." in domain or domain == "localhost")):
        raise UnusableValue(f"{shown(address or name)} is not an e-mail address.")
    try:
        return Address(name, user, domain)
    except ValueError as error:
        raise UnusableValue(f"{shown(address)} is not an e-mail address.") from error


def _values(context: Context) -> Mapping[str, Any]:
    if context.credentials is None:
        message = "No connection to a mail server is chosen."
        raise OperationFailed(Failure(FailureKind.CONFIG, message, remedy="Choose one in this step."))
    return context.credentials.values
