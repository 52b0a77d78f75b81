import numpy as np

from recsys.monitor.windows import count, windows
from recsys.settings import MonitorSettings

WITHIN = windows(100.7, MonitorSettings(window_days=2, reference_days=3))  # 96, 97, 98 | 99, 100


def test_windows_are_whole_days_back_from_the_newest_event() -> None:
    moments = np.array([95.9, 96.0, 98.9, 99.0, 100.9, 101.0])
    assert WITHIN.within(moments).tolist() == [False, True, True, True, True, False]


def test_what_a_user_did_on_a_day_is_one_row() -> None:
    user, day = np.array([5, 5, 5, 6, 5, 6], np.int32), np.array([99.1, 99.9, 98.5, 100.2, 90.0, 96.0])
    thing, amount = np.array([0, 1, 0, 1, 0, 1], np.int32), np.array([1.0, 2, 4, 8, 16, 32])
    counted = count(WITHIN, user, day, thing, amount, 2)
    assert sorted(counted.done.toarray().tolist()) == [[0, 8], [0, 32], [1, 2], [4, 0]]
    assert counted.amounts(counted.newest).tolist() == [1, 10]
    assert counted.amounts(~counted.newest).tolist() == [4, 32]


def test_things_are_shared_out_to_their_kinds() -> None:
    counted = count(WITHIN, np.array([1], np.int32), np.array([99.5]), np.array([1], np.int32), np.array([3.0]), 2)
    shared = counted.by(np.array([[1.0, 0.0], [0.5, 0.5]]))
    assert shared.amounts(shared.newest).tolist() == [1.5, 1.5]
