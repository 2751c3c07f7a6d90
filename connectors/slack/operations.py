"""Messages by incoming webhooks as Slack invented them and other chats understand them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors._kit.context import Answer, Context
from connectors._kit.errors import Failure, FailureKind, OperationFailed
from connectors._kit.values import as_text

Input = Mapping[str, Any]
Output = dict[str, Any]

_GONE = ("no_service", "no_team", "invalid_token", "team_disabled", "action_prohibited")
_SENDER = ("channel", "username", "icon_emoji")
_LONGEST_ANSWER = 200


async def send_message(input: Input, context: Context) -> Output:
    return await _post({"text": input["text"]}, input, context)


async def send_card(input: Input, context: Context) -> Output:
    card: dict[str, Any] = {"fallback": input["title"], "title": input["title"]}
    for name, key in (("title_link", "link"), ("text", "text"), ("color", "color")):
        if input.get(key):
            card[name] = input[key]
    if input.get("fields"):
        card["fields"] = [
            {"title": name, "value": as_text(value), "short": True} for name, value in input["fields"].items()
        ]
    return await _post({"attachments": [card]}, input, context)


async def _post(message: dict[str, Any], input: Input, context: Context) -> Output:
    url = str((context.credentials.values if context.credentials else {}).get("webhook_url") or "")
    if not url.startswith(("https://", "http://")):
        raise _failed(FailureKind.AUTH, "The connection has no webhook address.", None)
    body = {**message, **{name: input[name] for name in _SENDER if input.get(name)}}
    answer = await context.send("POST", url, json=body, raise_for_status=False)
    text = answer.body if isinstance(answer.body, str) else ""
    if answer.status in (401, 403, 410) or (answer.status == 404 and (not text or text.strip() in _GONE)):
        raise _failed(FailureKind.AUTH, "The webhook no longer exists, or may no longer post.", answer)
    if 400 <= answer.status < 500 and answer.status not in (408, 425, 429):
        raise _failed(FailureKind.REJECTED, f"The chat refuses the message: {text[:_LONGEST_ANSWER]}", answer)
    if answer.status >= 400:
        raise _later(answer)
    return {"sent": True, "answer": text[:_LONGEST_ANSWER]}


def _later(answer: Answer) -> OperationFailed:
    """A chat that has too much to do did not post; of one that failed inside, nobody knows."""
    wait = answer.headers.get("retry-after", "")
    if answer.status in (425, 429):
        seconds = float(wait) if wait.isdecimal() else None
        failure = Failure(
            FailureKind.RATE_LIMITED, "The chat takes no more messages now.", status=answer.status, retry_after=seconds
        )
        return OperationFailed(failure)
    return _failed(FailureKind.UNCERTAIN, "The chat failed, so nobody knows whether it posted the message.", answer)


def _failed(kind: FailureKind, message: str, answer: Answer | None) -> OperationFailed:
    remedies = {
        FailureKind.AUTH: "Make a new webhook in the chat and put its address into the connection.",
        FailureKind.UNCERTAIN: "Look into the channel. Then choose “It was done” or “Try again”.",
    }
    return OperationFailed(
        Failure(kind, message, status=answer.status if answer else None, remedy=remedies.get(kind, ""))
    )
