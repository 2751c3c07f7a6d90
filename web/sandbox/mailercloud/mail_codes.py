"""Answers of the e-mail API: HTTP 200, and the truth in `statusCode`."""

from __future__ import annotations

from web.sandbox.replies import Record

SENT = 1000
NO_RECIPIENT = 9004
NO_SENDER = 9005
UNSUBSCRIBED = 9009
SUPPRESSED = 9010
UNVERIFIED_SENDER = 9011
NO_SUBJECT = 9016
BAD_EMAIL = 9018
BAD_VERSION = 9022


def answer(code: int, message: str) -> Record:
    return {"status": "SUCCESS" if code == SENT else "ERROR", "statusCode": code, "message": message}
