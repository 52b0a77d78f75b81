import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

from recsys import assess
from recsys.cli import app
from recsys.errors import SettingsError
from recsys.evaluation import assessment, protocols
from recsys.ranking.signals import registry
from tests.brief import brief_training

SMALL = ("evaluation.leave_last=2", "evaluation.cold_revealed=[0,3]", "evaluation.resamples=100")
METRICS = {"ndcg@10", "recall@10", "debiased recall@10", "mrr", "coverage", "diversity", "novelty"}
RECSYS = {"recsys", "recsys without transfer", "recsys without re-ranking", "recsys, diverse"}
ALONE = {"popularity", "recent popularity", "transitions", "own interests", "transferred interests", "text", "ease"}
OTHERS = {"source document", "text mean", "text max", "text ridge"}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tmp_path_factory.mktemp("store"))


@brief_training()
def command(shop: Mapping[str, str], out: Path, store: str, protocols: Sequence[str], *more: str) -> Any:
    files = [part for table, file in shop.items() for part in (f"--{table}", file)]
    asked = [part for name in protocols for part in ("--protocol", name)]
    options = [part for setting in (*SMALL, f"store={store}") for part in ("--set", setting)]
    return CliRunner().invoke(app, ["evaluate", *files, "--report", str(out), *asked, *options, *more])


@pytest.fixture(scope="module")
def folder(shop: dict[str, str], store: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the command writes of the shop, over two seeds."""
    made = tmp_path_factory.mktemp("out")
    done = command(shop, made / "out.json", store, ["warm"], "--seeds", "2")
    assert done.exit_code == 0, done.output
    (made / "printed").write_text(done.stdout)
    return made


@pytest.fixture(scope="module")
def figures(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "out.json").read_text())
    return found


def table(figures: Mapping[str, Any], name: str, **selected: str) -> pd.DataFrame:
    rows = pd.DataFrame(figures[name])
    for column, value in selected.items():
        rows = rows[rows[column] == value]
    return rows


def test_the_names_of_protocols_are_those_of_the_evaluation() -> None:
    assert (*protocols.PROTOCOLS, assessment.EVERY) == assess.PROTOCOLS


def test_figures_report_and_picture_are_written_together(folder: Path) -> None:
    assert {file.name for file in folder.iterdir()} == {"out.json", "out.md", "out.png", "printed"}
    assert (folder / "out.png").read_bytes()[:4] == b"\x89PNG"
    assert (folder / "printed").read_text().strip() == (folder / "out.md").read_text().strip()


def test_the_file_says_what_was_measured_on_what_and_at_what_cost(figures: dict[str, Any]) -> None:
    assert list(figures) == [
        "files",
        "as_of",
        "rows",
        "settings",
        "parts",
        "protocols",
        "skipped",
        "arms",
        "seeds",
        "metrics",
        "ratios",
    ]
    assert (figures["as_of"], figures["rows"]["events"], figures["seeds"]) == ("2026-01-01", 360, [7, 8])
    assert (figures["protocols"], figures["skipped"]) == (["warm"], {})
    assert set(figures["arms"]) >= RECSYS | ALONE | OTHERS
    assert figures["settings"] == {
        "evaluation.leave_last": 2,
        "evaluation.cold_revealed": [0, 3],
        "evaluation.resamples": 100,
    }
    assert [part["part"] for part in figures["parts"]] == ["ingest", "features", "warm, seed 7", "warm, seed 8"]
    assert all(part["seconds"] >= 0 and part["peak_memory_mb"] > 0 for part in figures["parts"])


@brief_training()
def test_in_a_notebook_a_report_is_a_table_and_a_picture(shop: dict[str, str], store: str, tmp_path: Path) -> None:
    events, items = pd.read_parquet(shop["events"]), pd.read_parquet(shop["items"])
    found = assess.evaluate(events, items, overrides=[*SMALL, f"store={store}"])
    assert set(found.frame["metric"]) == METRICS
    assert found._repr_html_().startswith("<table")
    assert found.plot(tmp_path / "picture.png")._repr_png_() == (tmp_path / "picture.png").read_bytes()
    assert (tmp_path / "picture.png").read_bytes()[:4] == b"\x89PNG"


def test_every_arm_has_every_metric_by_seed_and_pooled(figures: dict[str, Any]) -> None:
    rows = table(figures, "metrics", segment="all")
    assert set(rows["seed"]) == {"pooled", "7", "8"}
    assert len(rows) == 3 * len(figures["arms"]) * len(METRICS)
    assert set(rows["metric"]) == METRICS
    assert set(rows["users"]) == {30}


def test_a_pooled_figure_is_the_mean_of_the_seeds(figures: dict[str, Any]) -> None:
    rows = table(figures, "metrics", segment="all", arm="recsys").set_index(["seed", "metric"])["value"]
    for metric in METRICS:
        assert rows["pooled", metric] == pytest.approx((rows["7", metric] + rows["8", metric]) / 2)


def test_what_does_not_learn_at_random_is_the_same_under_every_seed(figures: dict[str, Any]) -> None:
    rows = table(figures, "metrics", segment="all", metric="ndcg@10").pivot(index="arm", columns="seed", values="value")
    for arm in ("popularity", "transitions", "ease", "text max", "source document"):
        assert rows.loc[arm, "7"] == rows.loc[arm, "8"] == rows.loc[arm, "pooled"]


def test_ours_is_compared_with_the_best_single_retriever(figures: dict[str, Any]) -> None:
    values = table(figures, "metrics", seed="pooled", segment="all", metric="ndcg@10").set_index("arm")["value"]
    best = max(values[arm] for arm in set(values.index) - RECSYS - OTHERS)
    ratios = table(figures, "ratios", seed="pooled", segment="all", arm="recsys").set_index("against")["value"]
    (single,) = [value for name, value in ratios.items() if str(name).startswith("best single signal (")]
    assert single == pytest.approx(values["recsys"] / best)
    assert ratios["popularity"] > 1.5


def test_transferred_interests_are_compared_with_own_ones(figures: dict[str, Any]) -> None:
    rows = table(figures, "ratios", seed="pooled", segment="all", arm="transferred interests")
    assert rows["against"].tolist() == ["own interests"]


def test_all_protocols_leave_out_what_the_data_does_not_allow_and_say_why(
    shop: dict[str, str], store: str, tmp_path: Path
) -> None:
    done = command(shop, tmp_path / "out.json", store, ["all"])
    assert done.exit_code == 0, done.output
    figures = json.loads((tmp_path / "out.json").read_text())
    assert set(figures["skipped"]) >= {"social", "cross-domain"}
    least = {"warm", "noise", "cold-0", "cold-items", "next-item"}
    assert least | {"global-time", "cold-3"} >= set(figures["protocols"]) >= least
    assert "needs links" in (tmp_path / "out.md").read_text()
    noisy = table(figures, "ratios", protocol="noise", segment="all", arm="ease")
    assert noisy["against"].tolist() == ["ease without noise"]
    assert not any(
        isinstance(value, float) and math.isnan(value) for row in figures["ratios"] for value in row.values()
    )


def test_an_ablation_says_what_each_part_brings(
    shop: dict[str, str], store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = [name for name in registry.modules() if name.endswith((".popularity", ".text"))]
    monkeypatch.setattr(registry, "modules", lambda: kept)
    done = command(shop, tmp_path / "out.json", store, ["warm"], "--ablate")
    assert done.exit_code == 0, done.output
    figures = json.loads((tmp_path / "out.json").read_text())
    assert list(figures) == ["files", "as_of", "rows", "settings", "parts", "protocols", "ablation"]
    parts = table(figures, "ablation", segment="all")["part"].tolist()
    assert {"text", "popularity", "trees", "donors"} <= set(parts)
    assert (tmp_path / "out.md").read_text().strip() == done.stdout.strip()
    assert "| signal text | " in done.stdout
    assert (tmp_path / "out.png").read_bytes()[:4] == b"\x89PNG"


BAD = {
    "no links": (["social"], [], "protocol social needs links"),
    "one domain": (["cross-domain"], [], "protocol cross-domain needs two domains"),
    "an unknown protocol": (["wram"], [], "there is no such protocol"),
    "nobody to ask": (["warm"], ["--set", "evaluation.leave_last=50"], "protocol warm finds nobody to ask"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_measured_ends_with_its_error_and_what_was_there_stays(
    case: str, shop: dict[str, str], store: str, tmp_path: Path
) -> None:
    asked, more, error = BAD[case]
    (tmp_path / "out.json").write_text("what was there")
    done = command(shop, tmp_path / "out.json", store, asked, *more)
    assert done.exit_code == 1
    assert error in done.output
    assert "to do" in done.output or case == "an unknown protocol"
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("out.json", "what was there")]


def test_a_protocol_that_nobody_knows_is_refused_before_any_work(shop: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="there is no such protocol"):
        assess.evaluate(shop["events"] + ".gone", shop["items"], report=tmp_path / "r.json", protocols=["warm", "hot"])


def test_a_report_that_is_no_json_file_is_refused_before_any_work(shop: dict[str, str], tmp_path: Path) -> None:
    done = command(shop, tmp_path / "out.txt", str(tmp_path / "store"), ["warm"])
    assert done.exit_code == 1
    assert "the report is no JSON file" in done.output
    assert list(tmp_path.iterdir()) == []


def test_an_order_allows_no_protocol_in_time(shop: dict[str, str], store: str, tmp_path: Path) -> None:
    pd.read_parquet(shop["events"]).drop(columns="occurred_at").to_parquet(tmp_path / "events.parquet")
    done = command({**shop, "events": str(tmp_path / "events.parquet")}, tmp_path / "out.json", store, ["global-time"])
    assert done.exit_code == 1
    assert "protocol global-time needs times" in done.output
