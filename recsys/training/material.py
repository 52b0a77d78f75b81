"""What a training reads of a day: the catalogue's texts and vectors, and behaviour as text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from transformers import TrainerCallback

from recsys import schema
from recsys.artifacts import Manifest
from recsys.events.interactions import Floats, Mask
from recsys.events.tables import Tables
from recsys.language import behaviour
from recsys.language.features import vectors_of
from recsys.language.models import Model
from recsys.settings import Settings
from recsys.training import causal, contrastive
from recsys.training.contrastive import Material
from recsys.training.held_out import HeldOut


def vectors(ingested: Manifest, model: Model, settings: Settings) -> Floats:
    """Vectors of all items by a model, (n_items, dimensions), in the order of the item table; kept for later."""
    return vectors_of(pd.read_parquet(ingested.path("items.parquet")), model, settings).vectors.astype(np.float32)


def read(ingested: Manifest, base: Model, cut: HeldOut, settings: Settings) -> Material:
    """Texts of all items as the model reads them, and their vectors, beside what is held out."""
    items = pd.read_parquet(ingested.path("items.parquet"))
    instruction = base.read_as(settings.language).prompt
    return Material([instruction + text for text in items[schema.TEXT]], vectors(ingested, base, settings), cut)


def train(
    base: Model,
    material: Material,
    ingested: Manifest,
    known: Tables,
    settings: Settings,
    folder: Path,
    watchers: Sequence[TrainerCallback],
) -> Any:
    """The network that a training of the objective asked for made."""
    if settings.training.objective == "contrastive":
        return contrastive.train(base, material, settings, folder, watchers)
    judges = material.held_out.judges
    texts, asked = (prompts(ingested, known, material.held_out, users, settings) for users in (~judges, judges))
    return causal.train(base, texts, asked, settings.training, settings.runtime, folder, watchers)


def prompts(ingested: Manifest, known: Tables, cut: HeldOut, users: Mask, settings: Settings) -> list[str]:
    """The events of some users, (n_users,), before what is asked of them, as texts."""
    rows = cut.train.take(users[cut.train.user])
    taken = pd.DataFrame({schema.USER_ID: known.user_ids[rows.user], schema.ITEM_ID: known.item_ids[rows.item]})
    events = pd.read_parquet(ingested.path("events.parquet")).merge(taken.drop_duplicates())
    items = pd.read_parquet(ingested.path("items.parquet"))
    if events.empty:
        return []
    return list(behaviour.texts(events, items, settings.training.prompt_language))
