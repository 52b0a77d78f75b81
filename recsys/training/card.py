"""The model card: what was learned from what, how well, and what it is not for."""

from __future__ import annotations

import pandas as pd

from recsys import schema
from recsys.language.models import Model
from recsys.settings import TrainingSettings
from recsys.training.quality import PROTOCOL


def write(base: Model, training: TrainingSettings, digest: str, before: pd.DataFrame, after: pd.DataFrame) -> str:
    """The card as Markdown; `before` and `after` are `quality.summary` of base and tuned model."""
    key = [PROTOCOL, schema.SEGMENT, "metric"]
    rows = before.merge(after, on=key, suffixes=("_before", "_after"))
    lines = [
        f"# {base.name}, {training.objective}, {training.method}",
        "",
        f"What this training added to `{base.version}`; the base itself is not here. Dataset digest: `{digest}`.",
        "",
        "| protocol | users | metric | before | after |",
        "| --- | --- | --- | --- | --- |",
        *(
            f"| {row[PROTOCOL]}, {row[schema.SEGMENT]} | {row['users_after']} | {row['metric']} "
            f"| {_figure(row, 'before')} | {_figure(row, 'after')} |"
            for row in rows.to_dict("records")
        ),
        "",
        "Measured with the items' vectors alone, by the largest cosine to a user's latest positives. "
        f"Seed {training.seed}; intervals are 95%, over users, for this seed.",
        f"{training.cold_item_share:.0%} of the items, selected by their id, and each user's latest "
        f"{training.leave_last} positives were not learned from.",
        "",
        "Made to compare the items of this catalogue as its users see them. Not made for general text, nor to tell who "
        "a user is: what it was trained on holds no ids of users. It carries over whatever leanings the events have.",
    ]
    return "\n".join(lines) + "\n"


def _figure(row: dict[str, float], when: str) -> str:
    return f"{row[f'value_{when}']:.4f} [{row[f'low_{when}']:.4f}, {row[f'high_{when}']:.4f}]"
