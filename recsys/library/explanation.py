"""Why a user is recommended what they are: interests, donors, and the terms of each score."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import pandas as pd

from recsys.events.split import Requests
from recsys.library.fitted import Fitted
from recsys.ranking.lists.recommend import candidates_of, compose
from recsys.schema import DONOR, ITEM_ID, OBSERVED, REASON, TITLE, TRANSFERRED
from recsys.transfer.model import Profiles
from recsys.transfer.trace import trace
from recsys.transfer.words import WORDS, transfer_in_words

SHOWN = 8
"""Interests, and terms of a score, that a notebook shows."""


@dataclass(frozen=True)
class Explanation:
    """Of what a user's recommendations are made; a notebook shows it as tables."""

    user_id: Any
    summary: str
    """The transfer in words: how much of the profile is the user's own, and how much is of whom."""
    interests: pd.DataFrame
    """`interest`, `observed` and `transferred`: shares before and after transfer; the largest first."""
    donors: pd.DataFrame
    """`donor`, `share` of what is transferred, `people` behind it (0: everybody), `words`."""
    items: pd.DataFrame
    """The recommendations of `Recommender.recommend`, with titles."""
    terms: pd.DataFrame
    """What each signal and fact adds to the score: a row an item, a column a term; rows sum to the scores."""

    def __repr__(self) -> str:
        return f"user {self.user_id}: {self.summary}\n{self.items.drop(columns=REASON).to_string(index=False)}"

    def _repr_html_(self) -> str:
        strongest = self.terms.abs().max().sort_values(ascending=False, kind="stable").index[:SHOWN]
        terms = self.terms[strongest].assign(rest=self.terms.drop(columns=strongest).sum(axis=1))
        terms.insert(0, TITLE, self.items[TITLE].to_numpy())
        tables = {
            "Interests": _html(self.interests.head(SHOWN), "{:.1%}"),
            "Donors": _html(self.donors[self.donors["share"] > 0], "{:.1%}"),
            "Recommendations": _html(self.items.drop(columns=ITEM_ID), "{:.2f}"),
            "Terms of the scores": _html(terms, "{:+.2f}"),
        }
        return f"<p><b>user {escape(str(self.user_id))}</b>: {escape(self.summary)}</p>" + "".join(
            f"<p><b>{title}</b></p>{table}" for title, table in tables.items()
        )


def _html(table: pd.DataFrame, numbers: str) -> str:
    with pd.option_context("display.max_colwidth", None):
        return str(table.to_html(index=False, float_format=numbers.format))


def explain(fitted: Fitted, user_id: Any, row: int, recommended: pd.DataFrame) -> Explanation:
    """The explanation of a user's recommendations; -1 is an unknown user."""
    donors = [donor.name for donor in fitted.models.transfer.donors]
    requests = fitted.requests(np.array([row], np.int32))
    profiles = fitted.models.transfer.profiles(requests)
    (traced,) = trace(profiles, [str(user_id)], donors).to_pylist()
    items = recommended.drop(columns="user_id")
    return Explanation(
        user_id,
        transfer_in_words(traced, fitted.language),
        _interests(fitted, traced),
        _donors(fitted, traced),
        items,
        _terms(fitted, requests, profiles).set_axis(pd.Index(items[ITEM_ID])),
    )


def _terms(fitted: Fitted, requests: Requests, profiles: Profiles) -> pd.DataFrame:
    candidates = candidates_of(fitted.models, requests, profiles, fitted.settings)
    scores = fitted.ranker.score(candidates)
    (shown,) = compose(fitted.models, scores, candidates, requests, fitted.settings)
    kept = candidates.take(shown.candidate)
    names = [*(column.name for column in kept.columns), "constant"]
    table = pd.DataFrame(fitted.ranker.terms(kept).T, index=names).groupby(level=0, sort=False).sum().T
    table["diversity and exploration"] = -shown.penalty
    return table.loc[:, (table != 0).any()]


def _interests(fitted: Fitted, traced: dict[str, Any]) -> pd.DataFrame:
    names, observed = fitted.words.interests, traced[OBSERVED] or [0.0] * len(fitted.words.interests)
    table = pd.DataFrame({"interest": names, OBSERVED: observed, TRANSFERRED: traced[TRANSFERRED]})
    return table.sort_values(TRANSFERRED, ascending=False, kind="stable", ignore_index=True)


def _donors(fitted: Fitted, traced: dict[str, Any]) -> pd.DataFrame:
    words = WORDS[fitted.language]
    rows = [
        (donor[DONOR], donor["share"], donor["voices"], words.get(donor[DONOR], donor[DONOR]))
        for donor in traced["donors"]
    ]
    table = pd.DataFrame(rows, columns=[DONOR, "share", "people", "words"])
    return table.sort_values("share", ascending=False, kind="stable", ignore_index=True)
