"""Stage `ranker`: fits the retrievers on everything known, and trains the ranker on earlier moments."""

from __future__ import annotations

from collections.abc import Mapping

import joblib
import numpy as np
import pandas as pd

from recsys.artifacts import Manifest
from recsys.errors import DataError
from recsys.events import tables
from recsys.events.interactions import Interactions
from recsys.events.split import Requests
from recsys.events.tables import Tables
from recsys.interests import stage as interests_stage
from recsys.interests.stage import Understanding
from recsys.ranking import examples, models, rules
from recsys.ranking.models import Models, World
from recsys.ranking.ranker import Ranker, train
from recsys.ranking.reasons import Words
from recsys.ranking.recommend import recommend
from recsys.ranking.retrievers import text
from recsys.schema import ITEM_IDS, REASONS, SCORES
from recsys.settings import RankingSettings, Settings
from recsys.stages import Job, Result
from recsys.transfer import stage as transfer_stage


def run(job: Job) -> Result:
    """Writes the models, the ranker, and fallback.parquet: the list of somebody who is in no table."""
    known = tables.read(job.one("ingest"))
    world = world_of(known, interests_stage.read(job.one("interests")), job.settings.ranking)
    ranker, rows = _trained(known.interactions, world, job.settings)
    fitted = models.fit(known.interactions, world, job.settings, transfer_stage.read(job.one("transfer")))
    joblib.dump((fitted, ranker), job.folder / "models.joblib")
    words = Words(known.titles, interests_stage.read_names(job.one("interests")))
    _fallback(fitted, ranker, known, known.moment(job.as_of), job.settings, words).to_parquet(
        job.folder / "fallback.parquet", index=False
    )
    version = f"{job.inputs['features'][0].facts['model_version']}+{job.one('transfer').fingerprint[:8]}"
    return Result(rows=rows, facts={"model_version": version})


def world_of(known: Tables, understood: Understanding, ranking: RankingSettings) -> World:
    """What models of any cut in time share; items that the rules forbid are not available.

    Raises `DataError` where no item may be recommended.
    """
    permitted = rules.permitted(known.item_ids, ranking)
    available = known.available & permitted
    if not available.any():
        raise DataError("no item may be recommended", where="items",
                        seen=f"{int(known.available.sum())} of {len(available)} available, none of them permitted",
                        expected="one at least", remedy="see the column available of the item table, and "
                        "ranking.allow_items and ranking.deny_items")  # fmt: skip
    return World(
        understood.membership,
        understood.directions,
        text.fit(understood.directions),
        known.side,
        available,
        rules.cap(known.categories, ranking.most_per_category),
        known.timed,
        (known.available | known.interactions.met) & permitted,
    )


def _trained(interactions: Interactions, world: World, settings: Settings) -> tuple[Ranker, Mapping[str, int]]:
    """The ranker, and how many examples there were; they are let go before the models of the day are fitted."""
    learnt = examples.of_folds(interactions, world, settings)
    rows = {"examples": sum(len(one.chosen) for one in learnt), "chosen": int(sum(one.chosen.sum() for one in learnt))}
    return fit_ranker(learnt, settings), rows


def fit_ranker(learnt: list[examples.Examples], settings: Settings) -> Ranker:
    """The ranker of the product: with transfer disabled it is trained without it."""
    chosen = learnt if settings.transfer.enabled else examples.without_transfer(learnt)
    return train(chosen, settings.ranking.seed)


def read(made: Manifest) -> tuple[Models, Ranker]:
    """The fitted models and the ranker of this stage."""
    return joblib.load(made.path("models.joblib"))  # type: ignore[no-any-return]


def _fallback(
    fitted: Models, ranker: Ranker, known: Tables, at: float, settings: Settings, words: Words
) -> pd.DataFrame:
    nothing = np.zeros(0, np.int32)
    empty = Interactions(nothing, nothing, np.zeros(0, np.float32), np.zeros(0), 1, len(known.item_ids))
    stranger = Requests(empty, np.array([at]), np.array([-1], np.int32))
    (shown,), (reasons,) = recommend(fitted, ranker, stranger, settings, words)
    return pd.DataFrame({
        "audience": ["population"], ITEM_IDS: [known.item_ids[shown.item].tolist()],
        SCORES: [shown.score.astype(np.float32)], REASONS: [reasons],
    })  # fmt: skip
