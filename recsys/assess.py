"""Files in, figures out: how well every arm finds what was hidden, without Airflow, Postgres and MLflow."""

from __future__ import annotations

import json
import logging
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recsys import pipeline, settings
from recsys.batch import writable, written_aside
from recsys.errors import SettingsError
from recsys.library.inputs import File, Input, day_named, forced, latest_day, on_disk
from recsys.progress import Steps
from recsys.settings import Settings
from recsys.stages import Inputs

if TYPE_CHECKING:
    import pandas as pd

    from recsys.evaluation.assessment import Assessment, Known
    from recsys.events.interactions import Floats

log = logging.getLogger(__name__)

PROTOCOLS = (
    "global-time",
    "warm",
    "drift",
    "noise",
    "cold-users",
    "cold-items",
    "cross-domain",
    "social",
    "given-split",
    "given-split-valid",
    "next-item",
    "all",
)
"""Names that may be asked for; here as well as in the evaluation, which is slow to import."""
SECTIONS = ("events", "language", "interests", "transfer", "ranking", "lists", "evaluation")
"""Sections of the settings that change a figure."""
DEEPEST = 100
"""The longest list that can be asked for."""
STEPS = ("ingest", "features", "backtests")
"""Stages, and what they are for."""
LONG = 40
"""Rows of ratios from which on a report leaves the segments to the JSON file, but for the most informative arms."""


@dataclass(frozen=True)
class Report:
    """What an evaluation found."""

    text: str
    """Markdown."""
    tables: Mapping[str, pd.DataFrame]
    """All figures: `metrics` and `ratios` by protocol, arm, segment and seed, or `ablation`."""
    facts: Mapping[str, Any]
    """What the figures depend on."""
    draw: Callable[[Path], None]
    """Writes the picture."""

    @property
    def frame(self) -> pd.DataFrame:
        """The figures of all seeds together: one row a protocol, arm, segment and metric, with its interval."""
        return _pooled(self.tables["metrics"]) if "metrics" in self.tables else self.tables["ablation"]

    def plot(self, file: File | None = None) -> Picture:
        """The picture, as a notebook shows it; with `file` it is written there too, as PNG."""
        with tempfile.TemporaryDirectory() as folder:
            self.draw(Path(folder) / "picture.png")
            png = (Path(folder) / "picture.png").read_bytes()
        if file is not None:
            Path(file).write_bytes(png)
        return Picture(png)

    def write(self, out: Path) -> None:
        """Writes the figures as JSON to `out`, and the text and the picture beside it; all three whole, or none."""
        with (
            written_aside(out) as figures,
            written_aside(out.with_suffix(".md")) as text,
            written_aside(out.with_suffix(".png")) as picture,
        ):
            figures.write_text(json.dumps({**self.facts, **_records(self.tables)}, indent=1, allow_nan=False))
            text.write_text(self.text)
            self.draw(picture)

    def _repr_html_(self) -> str:
        return str(self.frame.to_html(index=False, float_format="{:.4f}".format))


class Picture(bytes):
    """A PNG that a notebook shows."""

    def __repr__(self) -> str:
        return f"<PNG of {len(self)} bytes>"

    def _repr_png_(self) -> bytes:
        return bytes(self)


def evaluate(
    events: Input | None = None,
    items: Input | None = None,
    users: Input | None = None,
    follows: Input | None = None,
    *,
    report: File | None = None,
    protocols: Sequence[str] = ("warm",),
    as_of: date | str | None = None,
    seeds: int = 1,
    at: Sequence[int] = (),
    ablate: bool = False,
    overrides: Iterable[str] = (),
) -> Report:
    """How well every arm finds what was hidden; with `ablate`, what each part of the ranker brings (first seed).

    Tables are those of `fit`, and nothing after `as_of` is looked at. NDCG and recall are measured at 10, and at the
    lengths of lists `at`. With `report`, a name that ends in
    .json, the figures are written there, and the text and a picture beside it: whole, or they stay as they were.
    Raises `SettingsError` or `DataError`, the latter too for a protocol that the data does not allow.
    """
    _check(protocols, at)
    out = None if report is None else _json_file(report)
    if out is not None:
        writable(out)
    with on_disk({"events": events, "items": items, "users": users, "follows": follows}) as files:
        configured = settings.load([*overrides, *forced(files)])
        day = day_named(as_of) or latest_day(configured)
        with Steps(STEPS) as steps:
            made = pipeline.run(STEPS[:-1], configured, day, lambda _: steps.done(None))
            about = _about(made, configured, files)
            asked = configured, protocols
            found = _ablated(made, *asked) if ablate else _assessed(made, *asked, seeds, at, about)
    found = replace(found, facts={**about, **found.facts})
    if out is not None:
        found.write(out)
        log.info("evaluate: written to %s", out)
    return found


def _check(protocols: Sequence[str], at: Sequence[int]) -> None:
    unknown = sorted(set(protocols) - set(PROTOCOLS))
    if unknown:
        raise SettingsError(
            "there is no such protocol",
            where="protocol",
            seen=", ".join(unknown),
            expected=", ".join(PROTOCOLS),
            remedy="choose one of these",
        )
    outside = [k for k in at if not 1 <= k <= DEEPEST]
    if outside:
        raise SettingsError(
            "a length of lists is out of bounds",
            where="at",
            seen=", ".join(map(str, outside)),
            expected=f"1 to {DEEPEST}",
            remedy="choose others",
        )


def _json_file(report: File) -> Path:
    if Path(report).suffix != ".json":
        raise SettingsError(
            "the report is no JSON file",
            where="report",
            seen=str(report),
            expected="a name that ends in .json",
            remedy="choose another name",
        )
    return Path(report)


def _assessed(
    made: Inputs,
    configured: Settings,
    protocols: Sequence[str],
    seeds: int,
    at: Sequence[int],
    about: Mapping[str, Any],
) -> Report:
    """How well every arm finds what was hidden."""
    from recsys.evaluation import assessment
    from recsys.tracking.pictures import quality

    found = assessment.assess(*known_of(made), configured, protocols, seeds, at)
    facts = {
        "protocols": found.metrics["protocol"].unique().tolist(),
        "skipped": dict(found.skipped),
        "arms": found.metrics["arm"].unique().tolist(),
        "seeds": list(found.seeds),
        "parts": [*about["parts"], *(asdict(cost) for cost in found.costs)],
    }
    pooled = _pooled(found.metrics)
    return Report(
        _markdown(found, {**about, **facts}),
        {"metrics": found.metrics, "ratios": found.ratios},
        facts,
        lambda picture: quality.draw_protocols(pooled, picture),
    )


def _ablated(made: Inputs, configured: Settings, protocols: Sequence[str]) -> Report:
    """What each part of the ranker brings."""
    from recsys.evaluation import assessment, report
    from recsys.tracking.pictures import ablation

    table = assessment.ablate(*known_of(made), configured, protocols)
    return Report(
        report.ablated(table),
        {"ablation": table},
        {"protocols": table["protocol"].unique().tolist()},
        lambda picture: ablation.draw(table, picture),
    )


def known_of(made: Inputs) -> tuple[Known, Floats]:
    """What an evaluation asks about, and the vectors of the item texts, of the stages `ingest` and `features`."""
    from recsys.evaluation.assessment import Known
    from recsys.events import tables
    from recsys.language import embeddings

    (ingested,) = made["ingest"]
    return Known(tables.read(ingested), tables.read_labels(ingested)), embeddings.load(made["features"])[1]


def _about(made: Inputs, configured: Settings, files: Mapping[str, File | None]) -> dict[str, Any]:
    """What the figures depend on, and what was done before them."""
    (ingested,) = made["ingest"]
    stages = [
        {
            "part": manifest.stage,
            "seconds": manifest.seconds,
            "peak_memory_mb": manifest.peak_memory_mb,
            "cached": manifest.cached,
        }
        for part in made.values()
        for manifest in part
    ]
    return {
        "files": {name: str(file) for name, file in files.items() if file},
        "as_of": ingested.as_of,
        "rows": dict(ingested.rows),
        "settings": _changed(configured),
        "parts": stages,
    }


def _changed(configured: Settings) -> dict[str, object]:
    """Settings that are not as they come, by name."""
    sections = {name: getattr(configured, name) for name in SECTIONS}
    seed = {} if configured.seed == Settings().seed else {"seed": configured.seed}
    return seed | {
        f"{name}.{field}": value
        for name, section in sections.items()
        for field, value in section.model_dump(mode="json", exclude=section.aside).items()
        if value != type(section)().model_dump(mode="json")[field]
    }


def _records(tables: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    return {name: json.loads(table.to_json(orient="records", double_precision=10)) for name, table in tables.items()}


def _markdown(found: Assessment, about: Mapping[str, Any]) -> str:
    from recsys.evaluation.report import markdown

    metrics, ratios = _pooled(found.metrics), _telling(_pooled(found.ratios))
    costs = [f"| {part['part']} | {part['seconds']:.1f} | {part['peak_memory_mb']:.0f} |" for part in about["parts"]]
    skipped = [f"- {name}: {why}" for name, why in found.skipped.items()]
    lines = [
        f"As of {about['as_of']}; training seeds {', '.join(map(str, found.seeds))}; every arm, segment and seed is in "
        "the JSON file.",
        "",
        *(["Skipped:", *skipped, ""] if skipped else []),
        f"Settings that differ from the default: `{json.dumps(about['settings'])}`",
        "",
        "| part | seconds | peak memory, MB |",
        "| --- | --- | --- |",
        *costs,
    ]
    return markdown(metrics, ratios) + "\n## How\n" + "\n".join(lines) + "\n"


def _pooled(table: pd.DataFrame) -> pd.DataFrame:
    from recsys.evaluation.assessment import POOLED, SEED

    return table[table[SEED] == POOLED].drop(columns=SEED)


def _telling(ratios: pd.DataFrame) -> pd.DataFrame:
    """All ratios over all users; by segment those to the most informative arms, where there are many."""
    from recsys.evaluation.columns import ALL, SINGLE
    from recsys.schema import NO_TRANSFER

    per_protocol = ratios.groupby("protocol")["arm"].transform("size")
    most = ratios["against"].isin([NO_TRANSFER, "ease", "own interests"]) | ratios["against"].str.startswith(SINGLE)
    return ratios[(ratios["segment"] == ALL) | most | (per_protocol <= LONG)]
