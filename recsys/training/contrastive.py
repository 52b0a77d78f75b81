"""The contrastive objective: items that users take together lie close (InfoNCE; van den Oord et al. 2018)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from datasets import Dataset
from sentence_transformers import SentenceTransformer, SentenceTransformerTrainer, SentenceTransformerTrainingArguments
from sentence_transformers.base.evaluation import BaseEvaluator
from sentence_transformers.base.modules import Dense, Normalize, Transformer
from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss
from sentence_transformers.sentence_transformer.modules import Pooling
from transformers import EarlyStoppingCallback, PrinterCallback, TrainerCallback

from recsys.errors import DataError, SettingsError
from recsys.events.interactions import Floats, Mask
from recsys.events.split import leave_last, sample
from recsys.language.device import device_of
from recsys.language.models import Model
from recsys.language.network import tokenizer_of
from recsys.language.shipped import POOLINGS
from recsys.settings import Settings, TrainingSettings
from recsys.training import pairs, quality
from recsys.training.arguments import latest_checkpoint, shared
from recsys.training.held_out import HeldOut
from recsys.training.remembered import Remembered

JUDGED = 200
"""Most users whose first positives determine when to stop."""
POOL = 1000
"""Items among which these first positives are ranked: a whole catalogue would be read anew at every measurement."""
RANK = "rank"


@dataclass(frozen=True)
class Material:
    """What a contrastive training reads."""

    texts: Sequence[str]
    """Of all items, (n_items,)."""
    vectors: Floats
    """By the frozen base, (n_items, width), rows of length 1, or 0 without a text."""
    held_out: HeldOut

    @property
    def usable(self) -> Mask:
        """Items to learn from: they have a first positive and a text, and they are not held out, (n_items,)."""
        trained = np.bincount(self.held_out.train.item, minlength=len(self.texts)) > 0
        return np.asarray(trained & ~self.held_out.cold & self.vectors.any(axis=1))


def train(
    model: Model, material: Material, settings: Settings, folder: Path, watchers: Sequence[TrainerCallback] = ()
) -> SentenceTransformer:
    """The tuned model, as it was at its best held-out rank; its checkpoints lie in `folder`.

    A training that was cut short resumes from its last checkpoint there. Raises `DataError` where no user has first
    positives with two items.
    """
    training = settings.training
    torch.manual_seed(training.seed)
    network = _network(model, material, settings)
    # A checkpoint needs no card, and the card that would be written shows training texts.
    network._create_model_card = lambda *_, **__: None  # type: ignore[method-assign]
    network.model_card_data.widget = [{"text": ""}]
    arguments = SentenceTransformerTrainingArguments(
        **shared(training, settings.runtime, folder), metric_for_best_model=f"eval_{RANK}", greater_is_better=False
    )
    trainer = SentenceTransformerTrainer(
        model=network,
        args=arguments,
        train_dataset=_dataset(material, training),
        loss=MultipleNegativesRankingLoss(network, scale=1 / training.temperature),
        evaluator=HeldOutRank(material, training),
        callbacks=[EarlyStoppingCallback(training.patience), *watchers],
    )
    trainer.remove_callback(PrinterCallback)
    trainer.train(resume_from_checkpoint=latest_checkpoint(folder))
    return network.eval()


class HeldOutRank(BaseEvaluator):
    """Geometric mean rank of latest first positives, not trained on, among some items, by the mean of the others."""

    def __init__(self, material: Material, training: TrainingSettings) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        rng = np.random.default_rng(training.seed)
        judges = material.held_out.train.of_users(np.flatnonzero(material.held_out.judges).astype(np.int32))
        judges = judges.take(material.usable[judges.item])
        _, split = leave_last(judges, training.leave_last)
        self.split = sample(split, JUDGED, rng)
        wanted = np.unique(self.split.targets.indices)
        others = np.flatnonzero(material.usable)
        pool = np.union1d(wanted, rng.permutation(others)[:POOL])
        self.pool = np.isin(np.arange(len(material.texts)), pool)
        latest = self.split.requests.history
        latest = latest.take(latest.latest(quality.LATEST))
        self.read = np.union1d(pool, latest.item).astype(np.int32)
        self.texts = [material.texts[row] for row in self.read]
        self.n_items = len(material.texts)
        self.primary_metric = RANK
        self.greater_is_better = False

    def __call__(
        self, model: Any, output_path: str | None = None, epoch: int = -1, steps: int = -1
    ) -> dict[str, float]:
        """The geometric mean rank, by name; lower is better."""
        del output_path, epoch, steps
        if not len(self.split.requests):
            return {RANK: 1.0}
        made = model.encode(self.texts, batch_size=64, show_progress_bar=False, convert_to_numpy=True)
        vectors = np.zeros((self.n_items, made.shape[1]), np.float32)
        vectors[self.read] = made
        return {RANK: quality.mean_rank(vectors, self.split, self.pool, "mean")}


def _network(model: Model, material: Material, settings: Settings) -> SentenceTransformer:
    training, language, device = settings.training, settings.language, device_of(settings.runtime)
    if training.method == "head":
        width = material.vectors.shape[1]
        dense = Dense(width, training.dimensions, activation_function=torch.nn.Identity())
        with torch.no_grad():  # vectors are centred at first: language models crowd texts into a cone
            centre = torch.from_numpy(material.vectors[material.usable].mean(axis=0))
            dense.linear.bias.copy_(-dense.linear.weight @ centre)
        remembered = Remembered(width, material.texts, material.vectors)
        return SentenceTransformer(modules=[remembered, dense, Normalize()], device=device)
    if model.kind == "static" or model.int8:
        raise SettingsError(
            "this language model has no weights to train",
            where="training.base, training.method",
            seen=f"{model.name}, {training.method}",
            expected="method head, or another base",
            remedy="set training.method=head, or training.base to the model it was made of",
        )
    given = {"local_files_only": True, "trust_remote_code": False}
    transformer = Transformer(
        str(model.folder),
        max_seq_length=language.max_tokens,
        model_kwargs=given,
        processor_kwargs=given,
        config_kwargs=given,
    )
    transformer.tokenizer.pad_token = tokenizer_of(model).pad_token
    mode = next(mode for mode, pooling in POOLINGS.items() if pooling == model.read_as(language).pooling)
    network = SentenceTransformer(modules=[transformer, Pooling(model.dimensions, mode), Normalize()], device=device)
    if training.method == "lora":
        from recsys.training.lora import configuration

        network.add_adapter(configuration(transformer.auto_model, training, "FEATURE_EXTRACTION"))
    return network


def _dataset(material: Material, training: TrainingSettings) -> Dataset:
    """Texts: `anchor`, `positive`, and the negatives, in the order in which the loss takes them."""
    own = material.held_out.train
    own = replace(own, weight=np.where(material.held_out.judges[own.user], 0, own.weight).astype(np.float32))
    count = training.steps * training.batch * training.accumulation
    drawn = pairs.draw(
        own,
        material.usable,
        count,
        training.negatives,
        np.random.default_rng(training.seed),
        training.hard_share,
        material.vectors,
    )
    if not len(drawn.anchor):
        raise DataError(
            "there is nothing to learn from",
            where="events",
            seen="nobody took two items with a text",
            expected="users with several positive events",
            remedy="train on more events",
        )
    texts = np.asarray(material.texts, object)
    columns = {"anchor": texts[drawn.anchor], "positive": texts[drawn.positive]}
    columns |= {f"negative_{place}": texts[column] for place, column in enumerate(drawn.negative.T)}
    return Dataset.from_dict({name: column.tolist() for name, column in columns.items()})
