"""The form by which the daily DAG is triggered, and the settings that its values make."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from airflow.sdk import Param

from recsys.settings import load
from recsys.sources.layout import names

FIELDS = {
    "source": "source.kind",
    "events": "source.events",
    "items": "source.items",
    "users": "source.users",
    "follows": "source.follows",
    "top_n": "lists.top_n",
    "shards": "runtime.shards",
    "transfer": "transfer.enabled",
    "layout": "source.layout",
    "least_coverage": "database.min_coverage",
    "least_overlap": "database.min_overlap",
    "force": "database.force",
    "arm": "database.arm",
    "feedback": "feedback.as_events",
}
"""Settings that the trigger form offers, by its field."""


def form() -> dict[str, Param]:
    """Fields of the trigger form, filled with the settings in force."""
    now = load()
    files = {
        "events": now.source.events,
        "items": now.source.items,
        "users": now.source.users,
        "follows": now.source.follows,
    }
    return {
        "as_of": Param(
            None,
            type=["null", "string"],
            format="date",
            title="Day",
            description="Last day looked at (UTC). Empty: the partition key, or else today.",
        ),
        "source": Param(
            now.source.kind,
            type="string",
            enum=["movielens", "files", "database"],
            title="Source",
            description="movielens: MovieLens latest-small. files: the tables named below.",
        ),
        **{
            name: Param(
                uri or None,
                type=["null", "string"],
                title=f"{name.capitalize()} (URI)",
                section="Files",
                description="Parquet, CSV or JSON: a file, a folder or a glob, a path or s3://. Users and "
                "follows are optional. Of a database: a table or a query.",
            )
            for name, uri in files.items()
        },
        "layout": Param(
            now.source.layout or None,
            type=["null", "string"],
            enum=[None, *names()],
            title="Layout",
            section="Files",
            description="Of a public data set or usual export, as it is shipped. Empty: files with a header.",
        ),
        "top_n": Param(
            now.lists.top_n,
            type="integer",
            minimum=1,
            maximum=1000,
            title="Recommendations a user",
            description="Most items that a list holds.",
        ),
        "shards": Param(
            now.runtime.shards,
            type="integer",
            minimum=1,
            maximum=1024,
            title="Shards",
            description="Parts into which features and rank are cut, to run side by side.",
        ),
        "transfer": Param(
            now.transfer.enabled,
            type="boolean",
            title="Transfer interests",
            description="Off: users are served from their own evidence alone.",
        ),
        "feedback": Param(
            now.feedback.as_events,
            type="boolean",
            title="Feedback counts as events",
            description="Off: events are those of the source alone.",
        ),
        "least_coverage": Param(
            now.database.min_coverage,
            type="number",
            minimum=0,
            maximum=1,
            title="Least coverage",
            section="Publishing",
            description="Share of the users of the live set that this one must reach; 0: any.",
        ),
        "least_overlap": Param(
            now.database.min_overlap,
            type="number",
            minimum=0,
            maximum=1,
            title="Least overlap",
            section="Publishing",
            description="Share of the users of the live set who must be in this one; 0: any, "
            "such as own data after MovieLens.",
        ),
        "force": Param(
            now.database.force,
            type="boolean",
            title="Over a newer day",
            section="Publishing",
            description="On: takes the place of what is live though its day is older, or though it was "
            "rolled back from. No other guard is lifted.",
        ),
        "arm": Param(
            now.database.arm or None,
            type=["null", "string"],
            title="Arm",
            section="Publishing",
            description="Challenger of the experiment that runs, whose users are shown what is made. Empty: "
            "it becomes live.",
        ),
    }


def overrides(params: Mapping[str, Any]) -> list[str]:
    """The form as overrides of settings."""
    return [f"{setting}={literal(params[field])}" for field, setting in FIELDS.items()]


def literal(value: Any) -> str:
    """A field's value as JSON; an empty field is an empty text.

    >>> literal(None), literal(False), literal(10)
    ('""', 'false', '10')
    """
    return json.dumps("" if value is None else value)
