"""The rules of opportunities: pipelines, stages, statuses, the events of each change, and how they are searched."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from web.sandbox.ghl.activity import Attached
from web.sandbox.ghl.book import Cursor
from web.sandbox.ghl.errors import unprocessable
from web.sandbox.ghl.fields import OPPORTUNITY_STATUSES
from web.sandbox.ids import ghl_id
from web.sandbox.replies import Record
from web.sandbox.times import millis, parse_moment

FILTERS = {
    "pipeline_id": "pipelineId",
    "pipeline_stage_id": "pipelineStageId",
    "contact_id": "contactId",
    "assigned_to": "assignedTo",
    "status": "status",
}
EVENTS = {
    "pipelineStageId": "OpportunityStageUpdate",
    "status": "OpportunityStatusUpdate",
    "assignedTo": "OpportunityAssignedToUpdate",
    "monetaryValue": "OpportunityMonetaryValueUpdate",
    "name": "OpportunityUpdate",
}
SHOWN = ("id", "assignedTo", "contactId", "monetaryValue", "name", "pipelineId", "pipelineStageId", "source", "status")


class Opportunities(Attached):
    """Every change is announced by the vendor's event for what changed."""

    noun = "Opportunity"

    def create(self, contact: Record, pipeline: Record, values: Record) -> Record:
        """Without a stage it starts in the pipeline's first. Raises Refused."""
        now = self.now()
        record: Record = {
            "id": ghl_id(),
            "locationId": self.location,
            "source": "public api",
            "createdAt": now,
            "contact": {k: contact[k] for k in ("id", "name", "email", "phone", "tags") if contact.get(k)},
            "customFields": [],
        }
        self._set(record, {"pipelineStageId": pipeline["stages"][0]["id"]} | values, pipeline)
        self.keep(record)
        self._announce("OpportunityCreate", record)
        return record

    def change(self, record: Record, values: Record, pipeline: Record) -> Record:
        """`pipeline` is where it will be. Raises Refused."""
        before = dict(record)
        self._set(record, values, pipeline)
        for name, event in EVENTS.items():
            if record.get(name) != before.get(name):
                self._announce(event, record)
        return record

    def remove(self, record: Record) -> None:
        self.drop(record)
        self._announce("OpportunityDelete", record)

    def searched(self, asked: Mapping[str, str]) -> list[Record]:
        """Newest first. `date` and `endDate` are days, mm-dd-yyyy, that the creation lies between."""
        first, last = _day(asked.get("date")), _day(asked.get("endDate"))
        matching = [
            record
            for record in self.all()
            if asked.get("q", "").lower() in record["name"].lower()
            and all(asked.get(name) in (None, "", "all", record.get(held)) for name, held in FILTERS.items())
            and (first is None or record["createdAt"][:10] >= first)
            and (last is None or record["createdAt"][:10] <= last)
        ]
        return sorted(matching, key=cursor_of, reverse=True)

    def _set(self, record: Record, values: Record, pipeline: Record) -> None:
        if values.get("status", "open") not in OPPORTUNITY_STATUSES:
            allowed = ", ".join(OPPORTUNITY_STATUSES)
            raise unprocessable([f"status must be one of the following values: {allowed}"])
        stages = [stage["id"] for stage in pipeline["stages"]]
        if values.get("pipelineStageId", stages[0]) not in stages:
            raise unprocessable(["The pipeline stage id is invalid."])
        now = self.now()
        if values.get("status") not in (None, record.get("status")):
            record["lastStatusChangeAt"] = now
        if values.get("pipelineStageId") not in (None, record.get("pipelineStageId")):
            record["lastStageChangeAt"] = now
        record.update(values, updatedAt=now)

    def _announce(self, kind: str, record: Record) -> None:
        self.announce(kind, record | {"dateAdded": record["createdAt"]}, (*SHOWN, "dateAdded"))


def behind(records: Iterable[Record], after: Cursor | None) -> list[Record]:
    """The records that come after the cursor."""
    return [record for record in records if after is None or cursor_of(record) < after]


def cursor_of(record: Record) -> Cursor:
    added = parse_moment(record["createdAt"])
    return (millis(added) if added else 0, record["id"])


def _day(text: str | None) -> str | None:
    """`2026-03-31` for `03-31-2026`. Raises Refused for anything else."""
    if not text:
        return None
    try:
        return datetime.strptime(text, "%m-%d-%Y").date().isoformat()
    except ValueError:
        raise unprocessable(["date must be written mm-dd-yyyy"]) from None
