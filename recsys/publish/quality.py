"""The evaluation of a publication, recorded with it once it is there: readers do not wait for it."""

from __future__ import annotations

import json

from psycopg2.extensions import cursor
from psycopg2.extras import Json

from recsys.artifacts import Manifest

RECORD = """
    UPDATE recsys.publication SET manifest = jsonb_set(jsonb_set(
        manifest || jsonb_build_object('metrics', %s::jsonb), '{manifests,evaluate}', %s), '{inputs,evaluate}', %s)
    WHERE pub_id = %s
"""


def record(work: cursor, published: Manifest, evaluated: Manifest) -> None:
    """Records the evaluation of the day with the publication that the stage `publish` made; replaces an earlier record.

    Without a publication, as of a day that is no longer kept, nothing is recorded.
    """
    pub_id = published.facts["publication"]
    if pub_id.isdecimal():
        metrics, manifests, inputs = dict(evaluated.metrics), [evaluated.to_dict()], [evaluated.uri]
        work.execute(RECORD, (_json(metrics), _json(manifests), _json(inputs), pub_id))


def _json(value: object) -> Json:
    return Json(value, json.dumps)
