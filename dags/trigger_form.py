"""The form by which the daily DAG is triggered, and the settings that its values make."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airflow.sdk import Param

import form_fields
from form_fields import Field
from recsys.sources.layout import names

FIELDS = (
    Field("source", "source.kind", "Source"),
    Field("events", "source.events", "Events (URI)", "Files"),
    Field("items", "source.items", "Items (URI)", "Files"),
    Field("users", "source.users", "Users (URI)", "Files"),
    Field("follows", "source.follows", "Follows (URI)", "Files"),
    Field("layout", "source.layout", "Layout", "Files", tuple(names())),
    Field("top_n", "lists.top_n", "Recommendations a user"),
    Field("shards", "runtime.shards", "Shards"),
    Field("transfer", "transfer.enabled", "Transfer interests"),
    Field("feedback", "feedback.as_events", "Feedback counts as events"),
    Field("least_coverage", "database.min_coverage", "Least coverage", "Publishing"),
    Field("least_overlap", "database.min_overlap", "Least overlap", "Publishing"),
    Field("force", "database.force", "Over a newer day", "Publishing"),
    Field("arm", "database.arm", "Arm", "Publishing"),
)
"""Settings that the form offers."""
DAY = Param(
    None,
    type=["null", "string"],
    format="date",
    title="Day",
    description="Last day looked at (UTC). Empty: the partition key, or else today.",
)


def form() -> dict[str, Param]:
    """Fields of the trigger form, filled with the settings in force."""
    return {"as_of": DAY, **form_fields.params(FIELDS)}


def overrides(params: Mapping[str, Any]) -> list[str]:
    """The form as overrides of settings."""
    return form_fields.overrides(FIELDS, params)
