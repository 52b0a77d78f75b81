"""All signals: every module of this package that has a `fit` brings its own."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Sequence

from recsys.ranking import signals
from recsys.ranking.signals.contract import Signal
from recsys.ranking.signals.known import Known


def fit(known: Known) -> tuple[Signal, ...]:
    """The signals of all modules, by the name of the module."""
    found = [signal for name in modules() for signal in importlib.import_module(name).fit(known)]
    return tuple(found)


def modules() -> Sequence[str]:
    """Names of the modules that bring signals, sorted."""
    inside = (module for module in pkgutil.iter_modules(signals.__path__) if not module.ispkg)
    names = (f"{signals.__name__}.{module.name}" for module in inside)
    return sorted(name for name in names if name != __name__ and hasattr(importlib.import_module(name), "fit"))
