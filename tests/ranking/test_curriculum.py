import numpy as np
import pytest

from recsys.ranking.curriculum import ENOUGH, EVERYBODY, PLENTY, Range, places, range_of, within
from recsys.ranking.features import EVENTS, Candidates
from recsys.ranking.lessons import Lesson


def of(*users: tuple[int, int]) -> Lesson:
    """One request of each user (events known, candidates that were all chosen)."""
    request = np.repeat(np.arange(len(users), dtype=np.int32), [chosen for _, chosen in users])
    known = np.log1p(np.array([events for events, _ in users], np.float32))[request, None]
    candidates = Candidates(request, np.arange(len(request), dtype=np.int32), known, (EVENTS,), np.array([False]),
                            len(users))  # fmt: skip
    return Lesson(candidates, np.ones(len(request), np.float32), np.arange(len(users), dtype=np.int32))


@pytest.mark.parametrize(
    ("part", "lesson", "expected"),
    [
        ("one", of((1, PLENTY)), Range(1, 1)),
        ("one", of((1, PLENTY - 1), (3, 1)), Range(1, 3)),
        ("one", of((1, ENOUGH - 1)), EVERYBODY),
        ("little", of((1, PLENTY), (3, 1)), Range(1, 3)),
        ("nothing", of((0, ENOUGH)), Range(0, 0)),
        ("nothing", of((0, ENOUGH - 1), (1, PLENTY)), EVERYBODY),
        ("some", of((3, PLENTY), (4, ENOUGH - 1), (10, 1)), Range(4, 10)),
        ("much", of((10, PLENTY), (11, ENOUGH)), Range(11, np.inf)),
    ],
)
def test_a_part_learns_from_the_narrowest_range_with_enough_lessons(part: str, lesson: Lesson, expected: Range) -> None:
    assert range_of(part, [lesson]) == expected


def test_lessons_of_several_kinds_are_counted_together() -> None:
    assert range_of("some", [of((4, ENOUGH - 1)), of((5, 1))]) == Range(4, 10)


def test_within_a_range_are_the_candidates_of_its_users_alone() -> None:
    (found,) = within(Range(1, 3), [of((0, 1), (1, 2), (3, 1), (4, 5))])
    assert found.candidates.request.tolist() == [1, 1, 2]
    assert found.candidates.n_requests == 4


def test_each_request_goes_to_the_part_for_as_much_as_is_known() -> None:
    asked = of(*((events, 1) for events in (0, 1, 2, 3, 4, 10, 11, 500)))
    assert places(asked.candidates).tolist() == [0, 1, 2, 2, 3, 3, 4, 4]


def test_where_nobody_says_how_much_is_known_it_is_much() -> None:
    lesson = of((1, 2))
    blind = Candidates(lesson.candidates.request, lesson.candidates.item, np.zeros((2, 0), np.float32), (),
                       np.zeros(0, bool), 1)  # fmt: skip
    assert places(blind).tolist() == [4, 4]
