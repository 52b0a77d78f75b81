"""Declarations of signals, and how a module brings its own."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from string import Formatter
from typing import get_args

import numpy as np
import pytest

from recsys.events.interactions import Interactions
from recsys.events.split import now
from recsys.ranking import signals
from recsys.ranking.signals import registry
from recsys.ranking.signals.contract import Because, BecauseInterest, Family, Signal
from recsys.ranking.signals.domain_items import DOMAIN_ITEMS
from recsys.ranking.signals.donor_items import COHORT, PEOPLE, DonorItems
from recsys.settings import ReasonLanguage
from tests.ranking.signals.tables import TODAY, known_of, scores

History = Callable[..., Interactions]

MODULE = '''
"""Every item is worth its number."""

from dataclasses import dataclass

import numpy as np

from recsys.ranking.signals.answers import ByTime
from recsys.ranking.signals.contract import Phrases, Spec


@dataclass(frozen=True)
class Number:
    n_items: int
    spec: Spec = Spec("number", "popularity", Phrases("a high number", "编号大"))

    def ask(self, requests, profiles):
        return ByTime(np.arange(self.n_items, dtype=np.float32)[None], np.zeros(len(requests), np.int32))


def fit(known):
    return [Number(known.interactions.n_items)]
'''


@pytest.fixture
def added(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Name of a module that lies beside those of the package."""
    (tmp_path / "number.py").write_text(MODULE)
    monkeypatch.setattr(signals, "__path__", [*signals.__path__, str(tmp_path)])
    yield f"{signals.__name__}.number"
    sys.modules.pop(f"{signals.__name__}.number", None)
    vars(signals).pop("number", None)


@pytest.fixture
def fitted(history: History) -> list[Signal]:
    """All that the registry fits where items may be recommended again, and what people pass on."""
    events = history([(0, 0, 1, 0), (0, 1, 1, 1), (1, 0, 1, 0)], 2, 3)
    known = known_of(replace(events, repeatable=np.ones(3, bool)), np.eye(3, dtype=np.float32))
    return [*registry.fit(known), *(DonorItems(spec, name, events.positives) for name, spec in PEOPLE.items())]


def test_a_module_with_fit_is_all_that_a_new_signal_takes(added: str, history: History) -> None:
    known = known_of(history([(0, 0, 1, 0)], 1, 3), np.eye(3, dtype=np.float32))
    assert added in registry.modules()
    (number,) = (signal for signal in registry.fit(known) if signal.spec.name == "number")
    assert scores(number, now(known.interactions, TODAY)).tolist() == [[0, 1, 2]]


def test_modules_are_sorted_and_those_without_fit_bring_no_signal() -> None:
    names = [name.rpartition(".")[2] for name in registry.modules()]
    assert names == sorted(names)
    assert {"transitions", "sequence", "popularity"} <= set(names)
    assert not {"registry", "contract", "answers", "index", "known", "sequence_model"} & set(names)


def test_no_two_signals_have_one_name(fitted: list[Signal]) -> None:
    names = [*(signal.spec.name for signal in fitted), COHORT.name, DOMAIN_ITEMS.name]
    assert len(set(names)) == len(names)
    assert {signal.spec.family for signal in fitted} == set(get_args(Family))


@pytest.mark.parametrize("language", get_args(ReasonLanguage))
def test_a_phrase_has_a_place_for_what_its_signal_names_and_for_nothing_else(
    fitted: list[Signal], language: ReasonLanguage
) -> None:
    for signal in fitted:
        named = {"title"} if isinstance(signal, Because) else set()
        named |= {"interest"} if isinstance(signal, BecauseInterest) else set()
        assert places(signal.spec.phrases.of(language)) == named, signal.spec.name
    for spec in (COHORT, DOMAIN_ITEMS):
        assert not places(spec.phrases.of(language))


def places(phrase: str) -> set[str]:
    """Names of the places of a phrase that is not empty."""
    assert phrase
    return {name for _, name, _, _ in Formatter().parse(phrase) if name}


def test_what_transfers_comes_from_donors_or_transferred_interests(fitted: list[Signal]) -> None:
    transferring = {signal.spec.name for signal in fitted if signal.spec.transfers}
    assert transferring == {*(spec.name for spec in PEOPLE.values()), "transferred interests"}
    assert COHORT.transfers
    assert DOMAIN_ITEMS.transfers
