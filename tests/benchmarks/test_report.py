"""The table from tiny literals, worked out by hand."""

import numpy as np

from benchmarks.quality import report
from benchmarks.quality.compare import Comparison, Measured
from benchmarks.quality.tuning import Tuned
from recsys.schema import RECSYS


def measured(arm: str, seed: int, *values: float) -> Measured:
    return Measured(arm, seed, {"warm": np.array(values)}, seconds=2.0)


ONE_SEED = [measured(RECSYS, 7, 0.4, 0.4), measured("weak", 7, 0.1, 0.1), measured("strong", 7, 0.2, 0.2)]
TUNED = {"strong": Tuned(({"k": 1}, {"k": 2}), (0.1, 0.3), {"k": 2}, 61.0)}


def test_ours_comes_first_and_the_others_from_best_to_worst() -> None:
    table = report.rows(report.by_arm(ONE_SEED, "warm"), {RECSYS: "2.0"}, {"strong": "61"})
    assert table.splitlines() == [
        "| arm | NDCG@10 | recsys / arm | fit, s | tune, s |",
        "| --- | --- | --- | --- | --- |",
        "| recsys | 0.4000 [0.4000, 0.4000] |  | 2.0 |  |",
        "| strong | 0.2000 [0.2000, 0.2000] | 2.00 [2.00, 2.00] |  | 61 |",
        "| weak | 0.1000 [0.1000, 0.1000] | 4.00 [4.00, 4.00] |  |  |",
    ]


def test_several_seeds_are_averaged_user_by_user_and_then_shown_one_by_one() -> None:
    both = [
        measured(RECSYS, 7, 0.2, 0.4),
        measured(RECSYS, 8, 0.4, 0.2),
        measured("peer", 7, 0.1, 0.2),
        measured("peer", 8, 0.2, 0.1),
    ]
    lines = report.rows(report.by_arm(both, "warm"), {}, {}).splitlines()
    assert lines[0].count("seed 8") == 2
    cells = lines[3].split(" | ")
    assert cells[:3] == ["| peer", "0.1500 [0.1500, 0.1500]", "2.00 [2.00, 2.00]"]
    assert [cell.split(" ")[0] for cell in cells[3:7]] == ["0.1500", "2.00", "0.1500", "2.00"]


def test_no_ratio_is_claimed_against_nothing() -> None:
    table = report.rows(report.by_arm([measured(RECSYS, 7, 0.5), measured("mute", 7, 0.0)], "warm"), {}, {})
    assert table.splitlines()[-1] == "| mute | 0.0000 [0.0000, 0.0000] |  |  |  |"


def test_the_report_says_for_whom_and_how_the_peers_were_tuned() -> None:
    text = report.markdown([Comparison("tiny", ONE_SEED, TUNED, {"warm": np.arange(2, dtype=np.int32)})])
    assert "## tiny, warm (2 users)" in text
    assert "- strong: k=1 0.1000; **k=2 0.3000**" in text
    assert "| strong | 0.2000 [0.2000, 0.2000] | 2.00 [2.00, 2.00] | 2.0 | 61 |" in text


def test_over_several_protocols_ours_is_beside_the_best_peer_of_each() -> None:
    two = {RECSYS: ([0.4, 0.4], [0.2]), "early": ([0.2, 0.2], [0.0]), "late": ([0.1, 0.1], [0.1])}
    both = [
        Measured(arm, 7, {"cold-0": np.array(first), "cold-1": np.array(then)}, 1.0)
        for arm, (first, then) in two.items()
    ]
    tuned = {name: Tuned((), (), {}, 1.0) for name in ("early", "late")}
    users = {"cold-0": np.array([3, 5], np.int32), "cold-1": np.array([5], np.int32)}
    found = Comparison("tiny", both, tuned, users)
    text = report.pooled(found)
    assert "recsys / the best peer of each: 2.00 [2.00, 2.00]" in text
    assert "early (cold-0), late (cold-1)" in text
    assert "without transfer" not in text
    assert text in report.markdown([found])


def test_domains_are_no_protocols_to_put_together() -> None:
    values = {"cross-domain toys-1": np.ones(1), "cross-domain toys-2": np.ones(1)}
    users = {name: np.zeros(1, np.int32) for name in values}
    both = [Measured(arm, 7, values, 1.0) for arm in (RECSYS, "strong")]
    found = Comparison("tiny", both, TUNED, users)
    assert "together" not in report.markdown([found])
