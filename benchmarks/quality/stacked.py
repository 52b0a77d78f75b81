"""The peers together, without recsys: what they answer is all that the product's ranker is given to order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from benchmarks.quality.contract import Answers, Family, Task
from benchmarks.quality.tuning import K
from recsys.events.interactions import Floats, Ints
from recsys.events.split import Requests
from recsys.interests.distributions import observe
from recsys.ranking.candidates import Candidates, concatenate, nominate
from recsys.ranking.context import ItemFacts, item_facts
from recsys.ranking.models import BATCH
from recsys.ranking.ranker.examples import Examples
from recsys.ranking.ranker.experts import train
from recsys.ranking.signals.answers import Sparse
from recsys.ranking.signals.contract import Phrases, Spec
from recsys.settings import Settings
from recsys.transfer.model import Profiles

NAME = "peers, stacked"
FAMILIES: tuple[Family, ...] = ("warm", "cold")


@dataclass(frozen=True)
class Answered:
    """What a peer answered, as a signal of the same requests."""

    name: str
    answers: Answers

    @property
    def spec(self) -> Spec:
        """Declared as a signal of no family in particular."""
        return Spec(self.name, "item-to-item", Phrases(self.name, self.name))

    def ask(self, requests: Requests, profiles: Profiles) -> Sparse:
        """How far an item's score lies above that of the last nominated item, 0 beyond.

        A list that was filled up continues with the score of its last scored item, at most.
        """
        del profiles
        row, place = np.nonzero(self.answers.items >= 0)
        falling = np.minimum.accumulate(np.where(self.answers.items >= 0, self.answers.scores, np.inf), axis=1)
        above = np.asarray(falling[row, place] - falling[row, -1], np.float32)
        shape = (len(requests), requests.history.n_items)
        return Sparse(sp.csr_matrix((above, (row, self.answers.items[row, place])), shape=shape))

    def part(self, rows: Ints) -> Answered:
        """What it answered some of the requests."""
        return Answered(self.name, Answers(self.answers.items[rows], self.answers.scores[rows], self.answers.seconds))


@dataclass(frozen=True)
class Stack:
    """What the ranker learns from: what each peer, as it was tuned, answered on the validation cut."""

    examples: Examples
    settings: Settings

    def answer(self, answers: Mapping[str, Answers], task: Task, seed: int) -> Ints:
        """Lists of the `K` best of what the peers answered, (n_requests, K), -1 where a list is short."""
        candidates = nominated(answers, task, self.settings)
        return best(candidates, train([self.examples], seed).score(candidates), task.popular)


def learn(held: Mapping[str, Answers], task: Task, targets: sp.csr_matrix, settings: Settings) -> Stack:
    """The stack of what peers answered on the validation cut, and the targets there, (n_requests, n_items)."""
    candidates = nominated(held, task, settings)
    positives = np.asarray(targets[candidates.request, candidates.item]).ravel()
    return Stack(Examples(candidates, positives.astype(np.float32), task.requests.user), settings)


def nominated(answers: Mapping[str, Answers], task: Task, settings: Settings) -> Candidates:
    """As many candidates of each peer as of a retriever of recsys, with score and normalised score of each.

    Besides there is what the ranker sees of any request and item: how much is known of them, and for how long.
    """
    peers, facts = [Answered(name, peer) for name, peer in answers.items()], item_facts(task.known, task.side.domain)
    starts = range(0, len(task.requests), BATCH)
    rows = [np.arange(at, min(at + BATCH, len(task.requests)), dtype=np.int32) for at in starts]
    return concatenate(
        [_nominated([peer.part(batch) for peer in peers], task, batch, facts, settings) for batch in rows]
    )


def _nominated(peers: Sequence[Answered], task: Task, rows: Ints, facts: ItemFacts, settings: Settings) -> Candidates:
    requests, most, least = task.requests.part(rows), settings.ranking.candidates, settings.lists.top_n
    profiles = _untransferred(requests, settings)
    return nominate(peers, requests, profiles, facts, task.available, most, least).without_transfer()


def _untransferred(requests: Requests, settings: Settings) -> Profiles:
    """How much is known of each request, and nothing of its interests."""
    count, history = len(requests), requests.history
    observed = observe(history, np.zeros((history.n_items, 1), np.float32), settings.events.half_life_days)
    nothing, nobody = np.zeros((count, 1), np.float32), np.zeros((count, 0), np.float32)
    return Profiles(observed, nothing, np.zeros(count, np.float32), nothing, np.zeros(count, np.int32), nobody, {})


def best(candidates: Candidates, scores: Floats, popular: Floats) -> Ints:
    """The `K` candidates of highest score of each request, (n_requests, K); ties go to the popular item.

    `popular` is (n_requests, n_items).
    """
    order = np.lexsort((-popular[candidates.request, candidates.item], -scores, candidates.request))
    request = candidates.request[order]
    rank = np.arange(len(order)) - np.searchsorted(request, np.arange(candidates.n_requests))[request]
    lists, shown = np.full((candidates.n_requests, K), -1, np.int32), rank < K
    lists[request[shown], rank[shown]] = candidates.item[order][shown]
    return lists
