import pandas as pd

from recsys.evaluation import columns
from recsys.evaluation.report import ablated, markdown

EXPECTED = """\
# Evaluation

Intervals are 95% user bootstraps; ratios are paired. A dash: the other found nothing.

| protocol | users | ndcg@10 | recsys / recsys without transfer | recsys / recent popularity | recsys / ease |
| --- | --- | --- | --- | --- | --- |
| warm | 20 | 0.3000 [0.2500, 0.3500] | – | 1.20 [1.00, 1.40] | – |
| cold-0 | 4 | 0.2000 [0.1000, 0.3000] | – | – | – |

## warm (20 users)

| arm | ndcg@10 | coverage |
| --- | --- | --- |
| recsys | 0.3000 [0.2500, 0.3500] | 0.5000 [0.4000, 0.6000] |
| popularity | 0.1500 [0.1000, 0.2000] | 0.1000 [0.1000, 0.1000] |

| ndcg@10: recsys against | segment | ratio | users |
| --- | --- | --- | --- |
| popularity | all | 2.00 [1.50, 2.50] | 20 |
| popularity | 1-3 | – | 5 |
| recent popularity | all | 1.20 [1.00, 1.40] | 20 |

## cold-0 (4 users)

| arm | ndcg@10 |
| --- | --- |
| recsys | 0.2000 [0.1000, 0.3000] |

| ndcg@10: recsys against | segment | ratio | users |
| --- | --- | --- | --- |
"""


def test_a_report_holds_every_protocol_arm_and_interval() -> None:
    metrics = pd.DataFrame(
        [
            ("warm", "recsys", "all", "ndcg@10", 0.3, 0.25, 0.35, 20),
            ("warm", "recsys", "all", "coverage", 0.5, 0.4, 0.6, 20),
            ("warm", "popularity", "all", "ndcg@10", 0.15, 0.1, 0.2, 20),
            ("warm", "popularity", "all", "coverage", 0.1, 0.1, 0.1, 20),
            ("warm", "recsys", "1-3", "ndcg@10", 0.1, 0.0, 0.2, 5),
            ("cold-0", "recsys", "all", "ndcg@10", 0.2, 0.1, 0.3, 4),
        ],
        columns=columns.METRICS,
    )
    nan = float("nan")
    ratios = pd.DataFrame(
        [
            ("warm", "all", "ndcg@10", "recsys", "popularity", 2.0, 1.5, 2.5, 20),
            ("warm", "1-3", "ndcg@10", "recsys", "popularity", nan, nan, nan, 5),
            ("warm", "all", "ndcg@10", "recsys", "recent popularity", 1.2, 1.0, 1.4, 20),
        ],
        columns=columns.RATIOS,
    )
    assert markdown(metrics, ratios) == EXPECTED


def test_a_report_of_nothing_says_no_more_than_what_it_is() -> None:
    empty = pd.DataFrame(columns=columns.METRICS), pd.DataFrame(columns=columns.RATIOS)
    assert markdown(*empty) == EXPECTED[: EXPECTED.index("| warm | 20")]


def test_an_ablation_is_reported_by_gain_with_the_segment_that_a_part_serves_best() -> None:
    rows = [
        ("warm", "step", "trees", "all", 0.2, 0.2, 1.0, 0.9, 1.1, 20, 0.0, 0.0),
        ("warm", "signal", "text", "all", 0.2, 0.1, 2.0, 1.5, 2.5, 20, 1.25, 0.5),
        ("warm", "signal", "text", "1-3", 0.2, 0.05, 4.0, 1.2, 9.0, 5, 1.25, 0.5),
        ("warm", "signal", "text", "4-10", 0.2, 0.1, 2.0, 1.6, 2.4, 15, 1.25, 0.5),
    ]
    written = ablated(pd.DataFrame(rows, columns=list(columns.ABLATION)))
    assert written.splitlines()[-4:] == [
        "| part | with | without | ratio | best served segment | fit, s | ask, ms |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        "| signal text | 0.2000 | 0.1000 | 2.000 [1.500, 2.500] | 4-10: 2.000 [1.600, 2.400] | 1.25 | 0.50 |",
        "| step trees | 0.2000 | 0.2000 | 1.000 [0.900, 1.100] | – | 0.00 | 0.00 |",
    ]
