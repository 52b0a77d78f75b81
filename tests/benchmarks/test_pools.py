"""Where one domain is asked for, every arm ranks its items alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from benchmarks.quality import cuts, ours, outside
from benchmarks.quality.contract import Peer
from benchmarks.quality.cuts import Cut
from benchmarks.quality.data import Data
from benchmarks.quality.here import Here
from benchmarks.quality.isolated import task as elsewhere
from benchmarks.quality.roster import PEERS
from benchmarks.quality.tuning import Catalogue
from recsys import schema
from recsys.evaluation import arms
from recsys.events.interactions import Interactions, Ints, Mask
from recsys.events.side import SideInformation
from recsys.events.split import Requests

HERE = [peer for peer in PEERS if isinstance(peer, Here) and "cross" in peer.families]


@pytest.fixture(scope="module")
def cut(checkerboard: Interactions, side: SideInformation) -> Cut:
    return cuts.cross(checkerboard, side)


@pytest.mark.parametrize("peer", HERE, ids=lambda peer: peer.name)
def test_a_peer_names_items_of_the_domain_asked_for_alone(peer: Peer, cut: Cut, catalogue: Catalogue) -> None:
    task = catalogue.task(cut)
    (found,) = peer.answer(task, peer.configurations[:1], seed=0)
    for asked, items in zip(task.within, found.items, strict=True):
        assert set(catalogue.side.domain[items[items >= 0]]) == {asked}


def test_a_peer_elsewhere_is_told_which_domain_is_asked_for(cut: Cut, catalogue: Catalogue, tmp_path: Path) -> None:
    task = catalogue.task(cut)
    outside.write(tmp_path / "task.npz", task)
    items, _ = elsewhere.best(np.zeros(task.closed.shape, np.float32), elsewhere.read(tmp_path / "task.npz"), 24)
    named = [sorted(row[row >= 0].tolist()) for row in items]
    assert named == [np.flatnonzero(~closed).tolist() for closed in task.closed]


@dataclass(frozen=True)
class Fitted:
    """Arms that name the first items of the pool they are given."""

    pool: Mask | None = None

    def within(self, pool: Mask | None) -> "Fitted":
        return Fitted(pool)

    def answer(self, requests: Requests) -> Mapping[str, Ints]:
        assert self.pool is not None
        return {schema.RECSYS: np.tile(np.flatnonzero(self.pool)[:2].astype(np.int32), (len(requests), 1))}


def test_ours_shows_items_of_the_domain_asked_for_alone(cut: Cut, data: Data, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arms, "fit", lambda *_: Fitted())
    found = ours.answer(cut, data, seed=0).lists[schema.RECSYS]
    assert found.tolist() == [[0, 1] if asked == 0 else [12, 13] for asked in cut.within]
