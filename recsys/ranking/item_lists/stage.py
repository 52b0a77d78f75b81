"""Stage `item_lists`: lists without a user: what is similar to an item, what follows it, what is popular and rises."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from recsys.artifacts import Manifest
from recsys.events import tables
from recsys.events.interactions import Mask
from recsys.events.tables import Strings, Tables
from recsys.ranking import clock
from recsys.ranking.item_lists import held_out, popular, similar
from recsys.ranking.item_lists.links import Links, links_of
from recsys.ranking.item_lists.similar import Blend
from recsys.ranking.lists.rules import rules_of
from recsys.ranking.models import Models
from recsys.ranking.signals import stage as signals_stage
from recsys.ranking.signals.contract import Nominees
from recsys.schema import ITEM_ID, ITEM_IDS, KEY, KIND, NEXT, POPULAR, SCORES, SIMILAR, TRENDING
from recsys.settings import Settings
from recsys.stages import Job, Result

log = logging.getLogger(__name__)

DEPTH = 50
"""Items of a list."""
AT_ONCE = 2048
"""Items whose lists are made at once, which bounds memory."""
FILE, ITEMS = "item_lists.parquet", "items.parquet"
USERS = "users"
"""Column of the users with a positive for an item."""
SHARE, EVIDENCE = "behaviour_share", "behaviour_evidence"
"""Metrics that hold the blend."""
TYPES = pa.schema(
    [(KIND, pa.string()), (KEY, pa.string()), (ITEM_IDS, pa.list_(pa.string())), (SCORES, pa.list_(pa.float32()))]
)


def run(job: Job) -> Result:
    """Writes item_lists.parquet, a row a list: kind, key, item_ids, scores; and items.parquet: positives of each item.

    Only available items are listed. Every item has its own lists, the unavailable too: viewers of a sold-out item want
    what is similar. What follows and what rises takes times. The blend of `similar` is selected anew every
    `ranking.learn_every_days`, and else that of an earlier day.
    """
    known = tables.read(job.manifest("ingest"))
    models = signals_stage.read(job.manifest("signals")).under(rules_of(known, job.settings.lists))
    links = links_of(models.signals, known.interactions)
    why = clock.due(job, FILE)
    blend = _selected_blend(links, known, job) if why or job.earlier is None else read_blend(job.earlier)
    rows = dict.fromkeys((SIMILAR, NEXT, POPULAR, TRENDING), 0)
    with pq.ParquetWriter(job.folder / FILE, TYPES) as file:
        for kind, batch in _lists(links, blend, known, models, job):
            file.write_batch(batch)
            rows[kind] += batch.num_rows
    _write_items(known, job)
    return Result(rows, {SHARE: blend.share, EVIDENCE: blend.evidence}, clock.facts(job, why))


def read_blend(made: Manifest) -> Blend:
    """The blend that the stage selected."""
    return Blend(made.metrics[SHARE], made.metrics[EVIDENCE])


def _selected_blend(links: Links, known: Tables, job: Job) -> Blend:
    blend = held_out.choose(known.interactions, links.text, job.settings.ranking, job.settings.seed, known.timed)
    log.info("item_lists: behaviour weighs up to %g, half of it from %g positives", blend.share, blend.evidence)
    return blend


def _lists(links: Links, blend: Blend, known: Tables, models: Models, job: Job) -> Iterator[tuple[str, pa.RecordBatch]]:
    ids, n_items = known.item_ids, len(known.item_ids)
    for start in range(0, n_items, AT_ONCE):
        rows = np.arange(start, min(start + AT_ONCE, n_items), dtype=np.int32)
        yield SIMILAR, _of_items(SIMILAR, similar.similar(links, blend, rows, models.available, DEPTH), ids[rows], ids)
        if known.timed:
            yield NEXT, _of_items(NEXT, similar.following(links, rows, models.available, DEPTH), ids[rows], ids)
    yield from _of_all(known, models.available, known.request_time(job.as_of), job.settings)


def _of_all(known: Tables, available: Mask, at: float, settings: Settings) -> Iterator[tuple[str, pa.RecordBatch]]:
    half_life = settings.transfer.popularity_half_life_days
    # An order does not measure how long ago an event was, so nothing decays.
    scores = {POPULAR: popular.decayed(known.interactions, at, half_life if known.timed else np.inf)}
    if known.timed:
        scores[TRENDING] = popular.rising(known.interactions, at, half_life)
    for kind, of_items in scores.items():
        found = dict(popular.by_category(of_items, known.categories, available, DEPTH))
        yield (
            kind,
            _batch(
                kind,
                list(found),
                [known.item_ids[made.items].tolist() for made in found.values()],
                [made.scores for made in found.values()],
            ),
        )


def _of_items(kind: str, found: Nominees, keys: Strings, ids: Strings) -> pa.RecordBatch:
    """A row for each item with a list."""
    rows, starts, counts = np.unique(found.request, return_index=True, return_counts=True)
    parts = [slice(start, start + count) for start, count in zip(starts.tolist(), counts.tolist(), strict=True)]
    names, scores = ids[found.item], found.score
    return _batch(kind, keys[rows].tolist(), [names[part].tolist() for part in parts], [scores[part] for part in parts])


def _batch(kind: str, keys: list[str], item_ids: list[list[str]], scores: list[np.ndarray]) -> pa.RecordBatch:
    return pa.record_batch({KIND: [kind] * len(keys), KEY: keys, ITEM_IDS: item_ids, SCORES: scores}, TYPES)


def _write_items(known: Tables, job: Job) -> None:
    users = np.bincount(known.interactions.positives.indices, minlength=len(known.item_ids))
    columns = {ITEM_ID: pa.array(known.item_ids, pa.string()), USERS: users.astype(np.int32)}
    pq.write_table(pa.table(columns), job.folder / ITEMS)
