"""What a fresh location holds: a small design studio's records. All people are made up."""

from __future__ import annotations

from datetime import datetime, timedelta

from web.sandbox.ghl.account import GhlAccount
from web.sandbox.replies import Record
from web.sandbox.settings import SANDBOX_GHL_CALENDAR, SANDBOX_GHL_USER, SANDBOX_TAGS
from web.sandbox.times import iso

SECOND_USER = "sandboxUserJonas00002"
SECOND_CALENDAR = "sandboxCalendarRevw02"
PLAN_FIELD = "sandboxFieldPlan00001"
BUDGET_FIELD = "sandboxFieldBudget001"
HEARD_FIELD = "sandboxFieldSource001"
PIPELINE = "sandboxPipelineSales1"
FORM = "sandboxFormQuote00001"


def fill(account: GhlAccount, now: datetime) -> None:
    account.profile = _profile(account.location)
    account.users = [
        _user(SANDBOX_GHL_USER, "Maya", "Lindqvist", account.location),
        _user(SECOND_USER, "Jonas", "Keller", account.location),
    ]
    account.calendars = [
        _calendar(SANDBOX_GHL_CALENDAR, "Intro call", 30, SANDBOX_GHL_USER, account.location),
        _calendar(SECOND_CALENDAR, "Design review", 60, SECOND_USER, account.location),
    ]
    account.pipelines = [_pipeline(account.location)]
    account.forms.forms = [{"id": FORM, "name": "Ask for a quote", "locationId": account.location}]
    account.campaigns = [_published("sandboxCampaign000001", "Spring follow-up", account.location)]
    account.workflows = [_workflow("sandboxWorkflow000001", "Nurture new leads", account.location, now)]
    for tag in SANDBOX_TAGS[:3]:
        account.add_tag(tag)
    for field in _custom_fields(account.location):
        account.custom_fields[field["id"]] = field
    _contacts(account, now)


def _contacts(account: GhlAccount, now: datetime) -> None:
    people: tuple[tuple[str, str, str, str, str, list[str], int], ...] = (
        ("sandboxContactAda0001", "Ada", "Moreau", "ada.moreau@example.com", "+12025550143", ["customer"], 21),
        ("sandboxContactBen0002", "Ben", "Okafor", "ben.okafor@example.com", "+12025550178", ["new lead"], 6),
        ("sandboxContactChi0003", "Chiara", "Rossi", "chiara.rossi@example.com", "+12025550119", [], 1),
    )
    for contact_id, first, last, email, phone, tags, days in people:
        account.contacts.create(
            {
                "id": contact_id,
                "firstName": first,
                "lastName": last,
                "email": email,
                "phone": phone,
                "tags": tags,
                "city": "Portland",
                "assignedTo": SANDBOX_GHL_USER,
                "dateAdded": iso(now - timedelta(days=days)),
                "customFields": [{"id": PLAN_FIELD, "field_value": "Studio"}],
            }
        )
    ada = "sandboxContactAda0001"
    account.notes.create(ada, {"body": "Prefers e-mail to calls.", "userId": SANDBOX_GHL_USER})
    due = iso(now + timedelta(days=2))
    account.tasks.create(
        ada, {"title": "Send the proposal", "dueDate": due, "assignedTo": SANDBOX_GHL_USER, "completed": False}
    )
    start = (now + timedelta(days=3)).replace(hour=15, minute=0, second=0, microsecond=0)
    booked = {"calendarId": SANDBOX_GHL_CALENDAR, "contactId": ada, "title": "Intro call with Ada"}
    account.book_appointment(booked | {"startTime": start.isoformat()})


def _profile(location: str) -> Record:
    return {
        "id": location,
        "companyId": "sandboxCompany0000001",
        "name": "Harbor Studio (sandbox)",
        "address": "12 Quay Street",
        "city": "Portland",
        "state": "OR",
        "country": "US",
        "postalCode": "97209",
        "website": "https://harbor.example.com",
        "timezone": "America/Los_Angeles",
        "firstName": "Maya",
        "lastName": "Lindqvist",
        "email": "maya@example.com",
        "phone": "+12025550100",
        "settings": {
            "allowDuplicateContact": False,
            "allowDuplicateOpportunity": False,
            "allowFacebookNameMerge": False,
            "disableContactTimezone": False,
        },
        "social": {},
    }


def _user(user_id: str, first: str, last: str, location: str) -> Record:
    return {
        "id": user_id,
        "name": f"{first} {last}",
        "firstName": first,
        "lastName": last,
        "email": f"{first.lower()}@example.com",
        "phone": "+12025550100",
        "extension": "",
        "roles": {"type": "account", "role": "admin", "locationIds": [location]},
        "deleted": False,
    }


def _calendar(calendar_id: str, name: str, minutes: int, user: str, location: str) -> Record:
    return {
        "id": calendar_id,
        "locationId": location,
        "name": name,
        "isActive": True,
        "slug": name.lower().replace(" ", "-"),
        "calendarType": "round_robin",
        "eventTitle": "{{contact.name}}",
        "teamMembers": [{"userId": user, "priority": 0.5, "isPrimary": True}],
        "slotDuration": minutes,
        "slotDurationUnit": "mins",
        "slotInterval": minutes,
        "slotIntervalUnit": "mins",
        "autoConfirm": True,
    }


def _pipeline(location: str) -> Record:
    stages = ("New", "Qualified", "Proposal sent", "Closed")
    return {
        "id": PIPELINE,
        "name": "Sales",
        "stages": [
            {"id": f"sandboxStage{number:09d}", "name": name, "position": number} for number, name in enumerate(stages)
        ],
        "showInFunnel": True,
        "showInPieChart": True,
        "locationId": location,
    }


def _published(record_id: str, name: str, location: str) -> Record:
    return {"id": record_id, "name": name, "status": "published", "locationId": location}


def _workflow(record_id: str, name: str, location: str, now: datetime) -> Record:
    made = iso(now - timedelta(days=40))
    return _published(record_id, name, location) | {"version": 3, "createdAt": made, "updatedAt": made}


def _custom_fields(location: str) -> list[Record]:
    fields: tuple[tuple[str, str, str, str, list[str]], ...] = (
        (PLAN_FIELD, "Plan", "contact.plan", "SINGLE_OPTIONS", ["Starter", "Studio", "Agency"]),
        (BUDGET_FIELD, "Monthly budget", "contact.monthly_budget", "MONETORY", []),
        (HEARD_FIELD, "Heard about us", "contact.heard_about_us", "TEXT", []),
    )
    return [
        {
            "id": field_id,
            "name": name,
            "fieldKey": key,
            "placeholder": "",
            "dataType": data_type,
            "position": position * 50,
            "picklistOptions": options,
            "locationId": location,
            "model": "contact",
        }
        for position, (field_id, name, key, data_type, options) in enumerate(fields)
    ]
