"""A recommender that is fitted once and then asked."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from recsys import pipeline, schema, settings, stages
from recsys.artifacts import Manifest
from recsys.errors import DataError, SettingsError
from recsys.events.interactions import Ints, Mask
from recsys.library import explanation, folder, ids, scores
from recsys.library.duration import left
from recsys.library.explanation import Explanation
from recsys.library.fitted import Fitted
from recsys.library.inputs import File, Input, day_named, forced, latest_day, on_disk
from recsys.privacy import pseudonyms
from recsys.progress import Steps
from recsys.ranking.item_lists import similar
from recsys.ranking.lists import recommend as lists
from recsys.settings import Settings
from recsys.sources.names import matched

log = logging.getLogger(__name__)

STAGES = ("ingest", "features", "interests", "transfer", "signals", "ranker")


def fit(
    events: Input | None = None,
    items: Input | None = None,
    users: Input | None = None,
    follows: Input | None = None,
    *,
    as_of: date | str | None = None,
    overrides: Iterable[str] = (),
) -> Recommender:
    """A recommender that knows these tables.

    Tables are data frames, files, folders or globs, with the columns of docs/data.md; without any, the settings name
    the source. Nothing after `as_of` (default: day of the latest event) is looked at. `overrides` are settings such as
    `transfer.enabled=false`. What stages make is kept in `store=FOLDER` (default: var/store), so that the same fit is
    found rather than run a second time.

    Raises `SettingsError` or `DataError`, as the stages do.
    """
    with on_disk({"events": events, "items": items, "users": users, "follows": follows}) as files:
        configured = settings.load([*overrides, *forced(files)])
        day = day_named(as_of) or latest_day(configured)
        made = manifests(STAGES, configured, day)
    known_as = ids.TEXT if pseudonyms.digest() else ids.kind_of(events, "events", schema.USER_ID)
    kinds = {schema.USER_ID: known_as, schema.ITEM_ID: ids.kind_of(items, "items", schema.ITEM_ID)}
    return Recommender(Fitted({name: made[name][0] for name in folder.STAGES}, configured, day, kinds))


def manifests(names: Sequence[str], configured: Settings, day: date) -> stages.Inputs:
    """Manifests of the named stages; how far they are is shown meanwhile."""
    with Steps(names) as steps:
        done: list[Manifest] = []

        def finished(manifest: Manifest) -> None:
            done.append(manifest)
            steps.done(left(done, names))

        return pipeline.run(names, configured, day, finished)


@dataclass(frozen=True)
class Recommender:
    """Answers for users and items of the tables that it was fitted on; made by `fit` or `load`."""

    fitted: Fitted

    def recommend(self, users: Any = None, items: Any = None, top_n: int | None = None) -> pd.DataFrame:
        """Recommendations, `schema.RECOMMENDATIONS`, one row each, by user and rank.

        For all users, or for one or several: ids in the order given. Unknown users get the recommendations of users
        without a history, and are counted in the log. Only available items that the user has no event with are
        recommended (but for `events.repeatable_actions`), with `items` only these, and at most `top_n` (default:
        `lists.top_n`). Users who have seen all of these get no row.

        Raises `DataError` for an item that is not known, and `SettingsError` for a `top_n` out of bounds.
        """
        configured = self._settings(top_n)
        names, rows = self._users(users)
        models = self.fitted.models.within(self._pool(items))
        shown, reasons = lists.recommend(
            models, self.fitted.ranker, self.fitted.requests(rows), configured, self.fitted.words
        )
        counts = [len(made.item) for made in shown]
        item = np.concatenate([np.zeros(0, np.int32), *(made.item for made in shown)])
        return pd.DataFrame(
            {
                schema.USER_ID: names.repeat(counts).reset_index(drop=True),
                schema.RANK: np.concatenate([np.zeros(0), *(np.arange(count) + 1 for count in counts)]).astype(
                    np.int32
                ),
                schema.ITEM_ID: self._items(item),
                schema.SCORE: np.concatenate([np.zeros(0, np.float32), *(made.score for made in shown)]).astype(
                    np.float32
                ),
                schema.REASON: pd.Series([reason.text for of_list in reasons for reason in of_list], dtype=ids.TEXT),
            }
        )

    def similar(self, item: Any, top_n: int = 10) -> pd.DataFrame:
        """The available items most similar to an item: rank, item_id, title, similarity and its parts, each in [0, 1].

        `text` is the cosine of what a language model reads in the items' texts, for the 64 most similar items. `ease`
        (positives of the same users), `transitions` and `attention` (positives, or views, soon after it) are links from
        the item, as shares of the strongest. `similarity` is `(1 − a) text + a mean(links)`, where `a` rises with the
        positives of the item: how far and how soon is found on held-out data by the first call. The serving store's
        `similar_items` compares in the same way.

        Raises `DataError` for an item that is not known, and `SettingsError` for a `top_n` out of bounds.
        """
        self._settings(top_n)
        (row,) = ids.item_rows([item], self.fitted.known.item_ids, self.fitted.known.titles)
        models, blend = self.fitted.models, self.fitted.blend
        found = similar.with_parts(self.fitted.links, blend, int(row), models.available, top_n)
        rows = found.index.to_numpy(np.int32)
        first = {
            schema.RANK: np.arange(1, len(rows) + 1, dtype=np.int32),
            schema.ITEM_ID: self._items(rows),
            schema.TITLE: self._titles(rows),
        }
        return pd.concat([pd.DataFrame(first), found.reset_index(drop=True)], axis=1)

    def score(self, pairs: pd.DataFrame) -> pd.DataFrame:
        """The pairs, one row each of a user_id and an item_id, with their `score`; more is better for the same user.

        A score is that of `recommend` before diversity; an item that no signal nominates for the user is scored as if
        it were one more candidate, whatever other pairs are asked for, be it available or not, seen or not. An unknown
        user is scored like a user without a history. Raises `DataError` for an item that is not known, a column that
        is not there, or an id that is null.
        """
        names = _columns_of(pairs)
        user = self._user_rows(pairs[names[schema.USER_ID]].tolist())
        items = pairs[names[schema.ITEM_ID]].tolist()
        item = ids.item_rows(items, self.fitted.known.item_ids, self.fitted.known.titles)
        return pairs.assign(**{schema.SCORE: scores.score(self.fitted, user, item)})

    def explain(self, user: Any) -> Explanation:
        """Why a user is recommended what they are: interests before and after transfer, donors, terms of each score.

        An unknown user is explained like a user without a history.
        """
        (row,) = self._user_rows([user])
        recommended = self.recommend([user])
        titles = self._titles(ids.item_rows(recommended[schema.ITEM_ID].tolist(), self.fitted.known.item_ids, ()))
        recommended.insert(3, schema.TITLE, titles)
        return explanation.explain(self.fitted, user, int(row), recommended)

    def save(self, place: File) -> None:
        """Writes a folder from which `load` makes the same recommender, on another machine too.

        It holds ids of users and items, histories in row numbers, titles and models; no other table. A folder with a
        saved recommender is replaced. Raises `SettingsError` where something else is there.
        """
        folder.save(self.fitted, Path(place))

    @classmethod
    def load(cls, place: File) -> Recommender:
        """The recommender of a folder that `save` wrote; to load it runs no code that the folder brings.

        Raises `DataError` where there is none, and where another version of the code wrote it.
        """
        return cls(folder.load(Path(place)))

    def __repr__(self) -> str:
        known = self.fitted.known
        return (
            f"Recommender({len(known.user_ids)} users, {len(known.item_ids)} items, "
            f"{len(known.interactions.user)} events up to {self.fitted.as_of})"
        )

    def _settings(self, top_n: int | None) -> Settings:
        return (
            self.fitted.settings if top_n is None else settings.changed(self.fitted.settings, [f"lists.top_n={top_n}"])
        )

    def _users(self, given: Any) -> tuple[pd.Series, Ints]:
        """Ids as they are given back, and their rows: those given, each once, or all in order."""
        if given is not None:
            names = list(dict.fromkeys(ids.several(given)))
            return pd.Series(names, dtype=None if names else ids.TEXT), self._user_rows(names)
        names = ids.typed(self.fitted.known.user_ids, self.fitted.kinds[schema.USER_ID]).sort_values(kind="stable")
        return names, names.index.to_numpy(np.int32)

    def _user_rows(self, given: Sequence[Any]) -> Ints:
        rows = ids.user_rows(given, self.fitted.known.user_ids)
        unknown = len({value for value, row in zip(given, rows.tolist(), strict=True) if row < 0})
        if unknown:
            log.warning(
                "%d of %d users are not known: they are served as people without a history", unknown, len(set(given))
            )
        return rows

    def _pool(self, items: Any) -> Mask | None:
        if items is None:
            return None
        pool = np.zeros(len(self.fitted.known.item_ids), bool)
        pool[ids.item_rows(ids.several(items), self.fitted.known.item_ids, self.fitted.known.titles)] = True
        return pool

    def _items(self, rows: Ints) -> pd.Series:
        return ids.typed(self.fitted.known.item_ids[rows], self.fitted.kinds[schema.ITEM_ID])

    def _titles(self, rows: Ints) -> pd.Series:
        return pd.Series([self.fitted.known.titles[row] for row in rows.tolist()], dtype=ids.TEXT)


def _columns_of(pairs: pd.DataFrame) -> Mapping[str, str]:
    """Names of user_id and item_id in the pairs. Raises `SettingsError` for no data frame, `DataError` without them."""
    if not isinstance(pairs, pd.DataFrame):
        raise SettingsError(
            "the pairs are no data frame",
            where="pairs",
            seen=type(pairs).__name__,
            expected="a pandas DataFrame of user_id and item_id",
        )
    names = matched("events", [str(name) for name in pairs.columns], {})
    missing = [column for column in (schema.USER_ID, schema.ITEM_ID) if column not in names]
    if missing:
        raise DataError(
            "the pairs lack a column",
            where="pairs",
            seen=", ".join(map(str, pairs.columns)),
            expected=", ".join(missing),
            remedy="rename the column that holds it",
        )
    return names
