"""A split that came with the events: fitted on `train`, asked with `train` and `valid` folded in, judged by `test`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import scipy.sparse as sp

from recsys.errors import DataError
from recsys.evaluation.protocols.cut import Cut, Given
from recsys.events.interactions import Interactions, Ints, Mask
from recsys.events.split import Requests, Split
from recsys.events.tables import EVENTS, Strings
from recsys.schema import SPLIT

TRAIN, VALID, TEST = "train", "valid", "test"
LABELS = {
    "train": TRAIN,
    "training": TRAIN,
    "valid": VALID,
    "validation": VALID,
    "val": VALID,
    "dev": VALID,
    "test": TEST,
    "testing": TEST,
}


def cuts(given: Given) -> list[Cut]:
    """One cut, `given-split`: models know the events of the split `train`; all users with an event of `test` are asked.

    Raises `DataError` for events without the column, or with another word in it.
    """
    return [_cut("given-split", given, (TRAIN,))]


def with_valid(given: Given) -> list[Cut]:
    """One cut, `given-split-valid`: the same requests, of models that know the events of `valid` as well."""
    return [_cut("given-split-valid", given, (TRAIN, VALID))]


def labels_of(cut: Cut, interactions: Interactions) -> Strings:
    """What each event is for in a cut, (n_events,): `cuts` of these labels puts the same requests; None for nothing.

    `valid` marks what is folded in without being fitted, such as what is revealed of new users. Raises `DataError`
    for a cut that spoils what is known, or asks items: no selection of the events expresses that.
    """
    train, requests, targets = _among(interactions, cut.known), cut.split.requests, cut.split.targets.tocoo()
    if cut.of_items or np.count_nonzero(train) < len(cut.known.user):
        raise DataError(
            f"protocol {cut.protocol} is no split of the events",
            where="protocol",
            seen=cut.protocol,
            expected="one that only hides events",
            remedy="choose another protocol",
        )
    history = replace(requests.history, user=requests.user[requests.history.user], n_users=interactions.n_users)
    shape = (interactions.n_users, interactions.n_items)
    wanted = sp.csr_matrix((targets.data, (requests.user[targets.row], targets.col)), shape=shape)
    found = np.full(len(train), None, dtype=object)
    found[(np.asarray(wanted[interactions.user, interactions.item]).ravel() > 0) & interactions.positive] = TEST
    found[_among(interactions, history)] = VALID
    found[train] = TRAIN
    return found


def _among(interactions: Interactions, selected: Interactions) -> Mask:
    """Where an event is one of the `selected` splits, (n_events,)."""
    whole, part = (
        pd.DataFrame({name: getattr(events, name) for name in EVENTS}) for events in (interactions, selected)
    )
    for frame in (whole, part):
        frame["again"] = frame.groupby(list(EVENTS)).cumcount()
    found = whole.merge(part.drop_duplicates(), how="left", indicator=True)["_merge"]
    return np.asarray(found == "both")


def _cut(name: str, given: Given, fitted: Sequence[str]) -> Cut:
    labels = _labels(given)
    known = given.interactions.take(np.isin(labels, fitted))
    return Cut(name, known, _split(given, labels == TEST))


def _split(given: Given, asked: Mask) -> Split:
    """Requests of all users with an `asked` event; the targets are their positive `asked` events.

    A target that the user had before counts as an item that no list holds: lists hold no seen items.
    """
    events, before = given.interactions, given.interactions.take(~asked)
    rows = np.unique(events.user[asked & events.positive]).astype(np.int32)
    wanted = events.take(asked).of_users(rows)
    targets = wanted.positives if events.grade is None else wanted.strongest
    return Split(Requests(before.of_users(rows), _request_times(given, asked, rows), rows), targets)


def _request_times(given: Given, asked: Mask, rows: Ints) -> np.ndarray:
    """The time of the first event asked for, or of the last in the history where that is later; (n_requests,)."""
    events = given.interactions
    if not given.timed:
        return np.full(len(rows), events.end)
    first, last = np.full(events.n_users, np.inf), np.full(events.n_users, -np.inf)
    np.minimum.at(first, events.user[asked], events.day[asked])
    np.maximum.at(last, events.user[~asked], events.day[~asked])
    return np.asarray(np.maximum(first, last)[rows])


def _labels(given: Given) -> np.ndarray:
    if given.labels is None:
        raise DataError(
            "protocol given-split needs events that say what they are for",
            where="events",
            seen=f"no column {SPLIT}",
            expected=f"a column {SPLIT} of {TRAIN}, {VALID} and {TEST}",
            remedy=f'add it, or name the column that holds it: source.columns={{"{SPLIT}": "…"}}',
        )
    words = np.array([str(label or "").strip().lower() for label in given.labels], dtype=object)
    unknown = sorted({word for word in words if word not in LABELS})
    if unknown or TEST not in {LABELS.get(word) for word in words}:
        raise DataError(
            "the split of the events cannot be followed",
            where=f"events, column {SPLIT}",
            seen=", ".join(repr(word) for word in (unknown or sorted(set(words)))[:5]),
            expected=f"{TRAIN}, {VALID} or {TEST} in every row, and some of {TEST}",
            remedy="correct the column, or drop the rows that are for nothing",
        )
    return np.array([LABELS[word] for word in words], dtype=object)
