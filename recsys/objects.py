"""Objects of this package as files: all arrays in one .npy file, which readers map, and the rest as JSON.

Reading runs no code that a file names, as reading a pickle does: it makes arrays, plain values and objects of classes
of this package, whose fields it sets.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from pydantic import BaseModel

from recsys.errors import DataError

T = TypeVar("T")
ALIGNED = 64
"""Bytes of which the place of every array is a multiple."""
PACKAGE = __name__.partition(".")[0]
SORTED = ("has_sorted_indices", "has_canonical_format")
"""What a sparse matrix knows of itself, and would find out again at the first use."""


def tree(file: Path) -> Path:
    """The file with everything but the arrays, beside the file with these.

    It has no suffix of a text: the words in it are those of the code, and none is an id that an erasure looks for.
    """
    return file.with_suffix(".tree")


def write(value: object, file: Path) -> None:
    """Writes an object into the file, NAME.npy, and NAME.tree; what is shared within it stays so.

    Raises `DataError` for what is neither a plain value, an array nor an object of this package.
    """
    writer = _Writer()
    described = writer.node(value)
    flat = np.lib.format.open_memmap(file, "w+", np.uint8, (max(writer.size, 1),))
    for start, array in writer.arrays:
        flat[start : start + array.nbytes] = array.reshape(-1).view(np.uint8)
    flat.flush()
    tree(file).write_text(json.dumps(described))


def read(file: Path, kind: type[T]) -> T:
    """The object that `write` wrote; its arrays are mapped from the file, and read-only.

    Raises `DataError` for a file that is not there, or describes anything but an object of that kind.
    """
    if not file.exists():
        raise _unreadable(file, "no such file", kind.__name__)
    flat = np.asarray(np.load(file, mmap_mode="r", allow_pickle=False))
    found = _Reader(flat, tree(file)).value(json.loads(tree(file).read_text()))
    if not isinstance(found, kind):
        raise _unreadable(tree(file), type(found).__name__, kind.__name__)
    return found


class _Writer:
    """Turns values into JSON, and concatenates their arrays."""

    def __init__(self) -> None:
        self.arrays: list[tuple[int, npt.NDArray[Any]]] = []
        self.size = 0
        self._seen: dict[int, tuple[int, object]] = {}
        """Number of what was met, by its id, with the thing itself, so that no other gets that id."""

    def node(self, value: object) -> Any:
        """The value as JSON: plain values and lists as such, all else as {kind: …}."""
        if value is None or type(value) in (bool, int, float, str):
            return value
        if type(value) is list:
            return [self.node(part) for part in value]
        if id(value) in self._seen:
            return {"same": self._seen[id(value)][0]}
        number = self._seen.setdefault(id(value), (len(self._seen), value))[0]
        kind, described = self._described(value)
        return {kind: described, "number": number}

    def _described(self, value: object) -> tuple[str, Any]:
        match value:
            case np.ndarray():
                return "array", self._array(value)
            case np.generic():
                return "scalar", [value.dtype.str, value.item()]
            case sp.csr_matrix():
                parts = [self.node(part) for part in (value.data, value.indices, value.indptr)]
                return "csr", [parts, list(value.shape), [bool(getattr(value, name)) for name in SORTED]]
            case dict():
                return "dict", [[self.node(key), self.node(part)] for key, part in value.items()]
            case BaseModel():
                return "settings", [_named(value), value.model_dump(mode="json")]
            case tuple():
                parts = [self.node(part) for part in value]
                return ("tuple", parts) if type(value) is tuple else ("named", [_named(value), parts])
        state = value.__getstate__() or {}
        if not isinstance(state, dict):
            raise _unwritable(value)
        return "object", [_named(value), {name: self.node(part) for name, part in state.items()}]

    def _array(self, value: npt.NDArray[Any]) -> Any:
        """Type, shape, order and place of an array; of texts, the texts."""
        if value.dtype.hasobject:
            return {"texts": [self.node(text) for text in value.tolist()]}
        order = "C" if value.flags.c_contiguous or not value.flags.f_contiguous else "F"
        array, start = np.ascontiguousarray(value if order == "C" else value.T), self.size
        self.arrays.append((start, array))
        self.size = -(-(start + array.nbytes) // ALIGNED) * ALIGNED
        return [value.dtype.str, list(value.shape), order, start]


class _Reader:
    """Makes values of what `_Writer` described."""

    def __init__(self, flat: npt.NDArray[np.uint8], file: Path) -> None:
        self._flat, self._file = flat, file
        self._seen: dict[int, Any] = {}
        self._kinds: dict[str, Callable[[Any], Any]] = {
            "array": self._array,
            "scalar": lambda given: np.dtype(given[0]).type(given[1]),
            "csr": self._csr,
            "tuple": lambda given: tuple(self.value(given)),
            "named": lambda given: self._class(given[0], tuple)(*self.value(given[1])),
            "dict": lambda given: {self.value(key): self.value(part) for key, part in given},
            "settings": lambda given: self._class(given[0], BaseModel)(**given[1]),
            "object": self._object,
        }

    def value(self, node: Any) -> Any:
        """The value that was described."""
        if isinstance(node, list):
            return [self.value(part) for part in node]
        if not isinstance(node, dict):
            return node
        if "same" in node:
            return self._seen[node["same"]]
        (kind,) = set(node) - {"number"}
        found = self._kinds[kind](node[kind])
        self._seen[node["number"]] = found
        return found

    def _array(self, given: Any) -> npt.NDArray[Any]:
        if isinstance(given, dict):
            return np.array(given["texts"], object)
        dtype, shape, order, start = np.dtype(given[0]), tuple(given[1]), given[2], given[3]
        if dtype.hasobject:
            raise _unreadable(self._file, given[0], "an array of numbers")
        flat = self._flat[start : start + dtype.itemsize * int(np.prod(shape))].view(dtype)
        return np.asarray(flat.reshape(shape) if order == "C" else flat.reshape(shape[::-1]).T)

    def _csr(self, given: Any) -> sp.csr_matrix:
        parts, shape, flags = given
        matrix = sp.csr_matrix(tuple(self.value(parts)), shape=tuple(shape))
        for name, flag in zip(SORTED, flags, strict=True):
            setattr(matrix, name, flag)
        return matrix

    def _object(self, given: Any) -> Any:
        made = object.__new__(self._class(given[0]))
        made.__dict__.update({name: self.value(part) for name, part in given[1].items()})
        return made

    def _class(self, name: str, base: type[Any] = object) -> type[Any]:
        module, _, found = name.partition(":")
        kind = getattr(importlib.import_module(module), found, None) if _is_own(module) else None
        if not isinstance(kind, type) or kind.__module__ != module or not issubclass(kind, base):
            raise _unreadable(self._file, name, f"a class of {PACKAGE}")
        return kind


def _is_own(module: str) -> bool:
    return module.partition(".")[0] == PACKAGE


def _named(value: object) -> str:
    kind = type(value)
    if not _is_own(kind.__module__) or "." in kind.__qualname__:
        raise _unwritable(value)
    return f"{kind.__module__}:{kind.__qualname__}"


def _unwritable(value: object) -> DataError:
    kind = type(value)
    return DataError(
        "an object cannot be written",
        seen=f"{kind.__module__}.{kind.__qualname__}",
        expected=f"plain values, arrays, and objects of classes of {PACKAGE} with fields",
    )


def _unreadable(file: Path, seen: str, expected: str) -> DataError:
    return DataError(
        "a file does not hold what is read from it",
        where=str(file),
        seen=seen,
        expected=expected,
        remedy="run the day again with this version",
    )
