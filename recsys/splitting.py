"""Files in, a split out: the events of a protocol with a column that names what each is for, for any other program."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from recsys import pipeline, settings
from recsys.assess import STEPS, known_of
from recsys.batch import written_aside
from recsys.library.inputs import File, Input, day_named, forced, latest_day, on_disk
from recsys.progress import Steps
from recsys.schema import SPLIT

log = logging.getLogger(__name__)


def split(
    out: File,
    events: Input | None = None,
    items: Input | None = None,
    users: Input | None = None,
    follows: Input | None = None,
    *,
    protocol: str = "global-time",
    as_of: date | str | None = None,
    overrides: Iterable[str] = (),
) -> list[Path]:
    """The files written into the folder `out`, a file for each cut of the protocol: its name, and `.parquet`.

    They hold the good events in their order, with a column `split`: `train` for what models may know, `valid` for what
    is folded in without being fitted, `test` for what is asked for. `evaluate(protocols=["given-split"])` follows it.
    Raises `SettingsError` or `DataError`, the latter too for a protocol that is no split.
    """
    from recsys.evaluation import assessment
    from recsys.evaluation.protocols.given_split import labels_of

    with on_disk({"events": events, "items": items, "users": users, "follows": follows}) as files:
        configured = settings.load([*overrides, *forced(files)])
        with Steps(STEPS[:-1]) as steps:
            made = pipeline.run(
                STEPS[:-1], configured, day_named(as_of) or latest_day(configured), lambda _: steps.done(None)
            )
        known, vectors = known_of(made)
        cuts = assessment.cuts_of(known, vectors, configured, [protocol])
        source = made["ingest"][0].path("events.parquet")
        labels = {cut.protocol: labels_of(cut, known.tables.interactions) for cut in cuts}
        Path(out).mkdir(parents=True, exist_ok=True)
        return [_written(Path(out) / f"{name}.parquet", source, marked) for name, marked in labels.items()]


def _written(file: Path, source: Path, labels: Iterable[str | None]) -> Path:
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    rows = pq.read_table(source)
    rows = rows.drop_columns([SPLIT]) if SPLIT in rows.column_names else rows
    rows = rows.append_column(SPLIT, pa.array(labels, pa.string()))
    with written_aside(file) as aside:
        pq.write_table(rows.filter(pc.is_valid(rows[SPLIT])), aside)
    counts = rows[SPLIT].value_counts().to_pylist()
    log.info("split: %s: %s", file, ", ".join(f"{row['counts']} {row['values'] or 'dropped'}" for row in counts))
    return file
