"""The evaluation of a day comes after its lists are live, and is recorded with them."""

from __future__ import annotations

from dataclasses import replace

import psycopg2
import pytest

from recsys.artifacts import Manifest
from recsys.publish import quality
from recsys.publish.publication import publish
from recsys.settings import DatabaseSettings
from tests.publish.conftest import Ask, Write

RECORDED = """
    SELECT manifest #>> '{metrics,warm ndcg@10}', manifest #>> '{inputs,evaluate,0}', manifest #>> '{inputs,rank,0}',
           manifest #>> '{manifests,evaluate,0,fingerprint}', manifest ->> 'users'
    FROM recsys.publication
"""


def evaluated(value: float, uri: str) -> Manifest:
    return Manifest("evaluate", "2026-01-10", f"of {uri}", uri, metrics={"warm ndcg@10": value})


def published(pub_id: str) -> Manifest:
    return Manifest("publish", "2026-01-10", "f", "", facts={"publication": pub_id})


def test_an_evaluation_is_recorded_beside_what_made_the_lists_and_a_later_one_replaces_it(
    store: str, write: Write, ask: Ask
) -> None:
    manifest = {"manifests": {"rank": []}, "inputs": {"rank": ["file:///rank"]}}
    draft = replace(write({"u1": [("a", 1.0)]}), manifest=manifest)
    made = publish(store, draft, DatabaseSettings())
    with psycopg2.connect(store) as db, db.cursor() as work:
        quality.record(work, published(str(made.pub_id)), evaluated(0.1, "file:///first"))
        quality.record(work, published(str(made.pub_id)), evaluated(0.2, "file:///second"))
    assert ask(RECORDED) == [("0.2", "file:///second", "file:///rank", "of file:///second", "1")]


@pytest.mark.parametrize("pub_id", ["none", "77"])
def test_without_the_publication_nothing_is_recorded(store: str, write: Write, ask: Ask, pub_id: str) -> None:
    publish(store, write({"u1": [("a", 1.0)]}), DatabaseSettings())
    with psycopg2.connect(store) as db, db.cursor() as work:
        quality.record(work, published(pub_id), evaluated(0.1, "file:///first"))
    assert ask(RECORDED) == [(None, None, None, None, "1")]
