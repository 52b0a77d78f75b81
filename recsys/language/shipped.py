"""How a model wants its texts read, by the files of sentence-transformers in its folder, or by its name."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from recsys.errors import SettingsError

Kind = Literal["encoder", "decoder", "static"]
"""`static`: a vector per token, whatever stands beside it."""
Pooling = Literal["mean", "cls", "last"]

MODULES_FILE = "modules.json"
"""What happens to a text, step by step."""
PROMPTS_FILE = "config_sentence_transformers.json"
"""What is put before a text."""
STEPS = ("Transformer", "Pooling", "Normalize", "StaticEmbedding")
POOLINGS: dict[str, Pooling] = {"mean": "mean", "cls": "cls", "lasttoken": "last"}
"""Poolings by their names in sentence-transformers."""
LEGACY = {
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_cls_token": "cls",
    "pooling_mode_lasttoken": "lasttoken",
    "pooling_mode_max_tokens": "max",
    "pooling_mode_mean_sqrt_len_tokens": "mean_sqrt_len_tokens",
    "pooling_mode_weightedmean_tokens": "weightedmean",
}
"""The same as switches, in folders that earlier versions wrote."""

Prompts = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Shipped:
    """How a text becomes a vector, which is of length 1 in any case."""

    pooling: Pooling
    prompts: Prompts = ()
    """Texts to put before a text, by their names."""
    prompt: str = ""
    """The prompt for items, which are compared with each other."""

    @classmethod
    def usual(cls, kind: Kind) -> Shipped:
        """The default: a decoder reads from left to right, so only its last token has seen the whole text."""
        return cls("last" if kind == "decoder" else "mean")


RETRIEVE = "Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery:"
FAMILIES = {
    r"e5-large-instruct": Shipped("mean", (("query", f"{RETRIEVE} "),)),
    r"e5-(small|base|large)": Shipped("mean", (("query", "query: "), ("passage", "passage: ")), "query: "),
    r"qwen3-embedding": Shipped("last", (("query", RETRIEVE),)),
    r"bge-(small|base|large)-en": Shipped(
        "cls", (("query", "Represent this sentence for searching relevant passages: "),)
    ),
    r"bge-": Shipped("cls"),
}
"""Families by a pattern of their names, for folders that do not name it; the first that fits. As their cards have it:
E5 wants "query: " on both sides where both are of one kind, as items beside items are; the others nothing before
documents.
"""


def shipped(folder: Path, name: str, kind: Kind) -> Shipped:
    """What the files name, else what is known of the name, else the mean of all tokens, or a decoder's last token.

    Raises `SettingsError` for a step or a pooling that there is none of here.
    """
    family = next((family for pattern, family in FAMILIES.items() if re.search(pattern, name.lower())), None)
    known = family or Shipped.usual(kind)
    values = _read(folder / PROMPTS_FILE) or {}
    prompts = {name: text for name, text in (values.get("prompts") or {}).items() if text}
    pooling = _pooling(folder) or known.pooling
    if not prompts:
        return Shipped(pooling, known.prompts, known.prompt)
    return Shipped(pooling, tuple(sorted(prompts.items())), prompts.get(values.get("default_prompt_name"), ""))


def _pooling(folder: Path) -> Pooling | None:
    """What `MODULES_FILE` has; None where there is none, or no pooling in it."""
    found = None
    for step in _read(folder / MODULES_FILE) or []:
        kind = str(step["type"]).rsplit(".", 1)[-1]
        if kind not in STEPS or not str(step["type"]).startswith("sentence_transformers."):
            raise _unknown(folder / MODULES_FILE, str(step["type"]), f"no more than {', '.join(STEPS)}")
        if kind == "Pooling":
            file = folder / step["path"] / "config.json"
            found = _mode(file, _read(file) or {})
    return found


def _mode(file: Path, values: dict[str, Any]) -> Pooling:
    modes = values.get("pooling_mode") or [mode for switch, mode in LEGACY.items() if values.get(switch)] or ["mean"]
    modes = [modes] if isinstance(modes, str) else modes
    if len(modes) > 1 or modes[0] not in POOLINGS or values.get("include_prompt") is False:
        seen = " and ".join(modes) + (" without the prompt" if values.get("include_prompt") is False else "")
        raise _unknown(file, seen, f"one of {', '.join(POOLINGS)}, over the prompt too")
    return POOLINGS[modes[0]]


def _unknown(file: Path, seen: str, expected: str) -> SettingsError:
    return SettingsError(
        "the language model makes its vectors in a way that is unknown here",
        where=str(file),
        seen=seen,
        expected=expected,
        remedy="set language.model or training.base to another model",
    )


def _read(file: Path) -> Any:
    return json.loads(file.read_text()) if file.is_file() else None
