"""What people read in a fixed choice."""

from __future__ import annotations

import pytest

from connectors._kit.labels import labelled, labels, words


@pytest.mark.parametrize(
    ("value", "label"),
    [
        ("past_due", "Past due"),
        ("contactIsBusy", "Contact is busy"),
        ("IN_REVIEW", "In review"),
        ("RedirectURL", "Redirect URL"),
        ("sms_and_email", "SMS and e-mail"),
        ("WhatsApp", "WhatsApp"),
        ("desc", "Descending"),
        ("no-answer", "No-answer"),
    ],
)
def test_values_are_read_as_words(value: str, label: str) -> None:
    assert labels({"enum": [value]}) == {value: label}


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("conversationId", "Conversation ID"),
        ("emailMessageId", "E-mail message ID"),
        ("message_ids", "Message IDs"),
        ("to", "To"),
        ("address1", "Address1"),
        ("_id", "ID"),
        ("Lead source (Google)", "Lead source (Google)"),
    ],
)
def test_names_of_fields_are_read_as_words(name: str, shown: str) -> None:
    assert words(name) == shown


@pytest.mark.parametrize("value", ["SMS", "DE", "en_US", "24h", "1.234,5", "contacts.write", "One on One", ".pdf"])
def test_codes_formats_and_own_words_stay_as_they_are(value: str) -> None:
    assert labels({"enum": [value]}) == {value: value}


def test_prefix_that_all_share_is_left_out() -> None:
    assert labels({"enum": ["TYPE_CALL", "TYPE_SMS"]}) == {"TYPE_CALL": "Call", "TYPE_SMS": "SMS"}


def test_two_letters_are_days_in_a_week_and_languages_elsewhere() -> None:
    assert labels({"enum": ["mo", "tu", "we", "th", "fr", "sa", "su"]})["fr"] == "Friday"
    assert labels({"enum": ["de", "fr"]})["fr"] == "fr"


def test_words_of_the_connector_come_first() -> None:
    schema = {"enum": ["raw", "in_words", 2], "x-labels": {"raw": "The key alone"}}
    assert labels(schema) == {"raw": "The key alone", "in_words": "In words", "2": "2"}


def test_choices_at_any_depth_are_labelled_and_nothing_else_changes() -> None:
    schema = {"properties": {"days": {"type": "array", "items": {"enum": ["one_day"]}}, "name": {"type": "string"}}}
    assert labelled(schema) == {
        "properties": {
            "days": {"type": "array", "items": {"enum": ["one_day"], "x-labels": {"one_day": "One day"}}},
            "name": {"type": "string"},
        }
    }
