"""What is chosen, and from what."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.quality import cuts
from benchmarks.quality.contract import FAMILIES, Answers, Configuration, Family, Task
from benchmarks.quality.popular import POPULARITY
from benchmarks.quality.tuning import Catalogue, tune
from recsys.events.interactions import Interactions


@dataclass(frozen=True)
class Guess:
    """Names the item `first`, then those after it."""

    name: str = "guess"
    configurations: Sequence[Configuration] = ({"first": 0}, {"first": 1}, {"first": 2})
    families: Sequence[Family] = FAMILIES
    random: bool = False

    def answer(self, task: Task, configurations: Sequence[Configuration], seed: int) -> list[Answers]:
        n_items = task.known.n_items
        rows = [
            (int(configuration["first"]) + np.arange(n_items, dtype=np.int32)) % n_items
            for configuration in configurations
        ]
        lists = [np.tile(row, (len(task.requests), 1)) for row in rows]
        return [Answers(items, np.zeros(items.shape, np.float32), 0.0) for items in lists]


def last_items(catalogue: Catalogue, items: Sequence[int]) -> cuts.Cut:
    """Two users who chose item 9 first, and then one of these each."""
    user = np.array([0, 0, 1, 1], np.int32)
    item = np.array([9, items[0], 9, items[1]], np.int32)
    days = np.array([0.0, 1.0, 0.0, 1.0])
    return cuts.warm(Interactions(user, item, np.ones(4, np.float32), days, 2, len(catalogue.available)), 1)


def test_the_configuration_that_does_best_on_the_validation_is_chosen(catalogue: Catalogue) -> None:
    found = tune(Guess(), last_items(catalogue, (1, 1)), catalogue, seed=0)
    assert found.best == {"first": 1}
    assert [round(value, 3) for value in found.values] == [0.631, 1.0, 0.0]


def test_of_equals_the_first_is_chosen(catalogue: Catalogue) -> None:
    assert tune(Guess(), last_items(catalogue, (15, 15)), catalogue, seed=0).best == {"first": 0}


def test_what_the_chosen_one_answered_is_kept(catalogue: Catalogue) -> None:
    found = tune(Guess(), last_items(catalogue, (1, 1)), catalogue, seed=0)
    assert found.held is not None
    assert found.held.items[:, 0].tolist() == [1, 1]


def test_where_there_is_nothing_to_choose_nothing_is_tried(catalogue: Catalogue) -> None:
    found = tune(POPULARITY, last_items(catalogue, (1, 1)), catalogue, seed=0)
    assert (found.values, found.best) == ((), POPULARITY.configurations[0])


def test_without_requests_to_validate_on_the_first_configuration_is_taken(catalogue: Catalogue) -> None:
    nothing = cuts.Cut(last_items(catalogue, (1, 1)).known, {})
    assert tune(Guess(), nothing, catalogue, seed=0).best == {"first": 0}
