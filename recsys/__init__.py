"""Recommendations from behaviour and language, with user interest transfer.

`recsys.fit` makes a `Recommender`, `recsys.recommend` is fit and recommend in one, `recsys.evaluate` measures; they are
imported when they are first named, so that `import recsys` costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from recsys.assess import evaluate
    from recsys.batch import recommend
    from recsys.library.recommender import Recommender, fit

__version__ = "0.1.0"
__all__ = ["Recommender", "__version__", "evaluate", "fit", "recommend"]

_PLACES = {
    "evaluate": "recsys.assess",
    "recommend": "recsys.batch",
    "fit": "recsys.library.recommender",
    "Recommender": "recsys.library.recommender",
}


def __getattr__(name: str) -> Any:
    """The public name, imported now."""
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_PLACES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_PLACES})
