"""An object as it is read from the files that a stage writes."""

from pathlib import Path
from typing import TypeVar

from recsys import objects

T = TypeVar("T")


def kept(value: T, folder: Path, name: str = "made") -> T:
    """The object that is read from NAME.npy and NAME.tree, once it was written there."""
    objects.write(value, folder / f"{name}.npy")
    return objects.read(folder / f"{name}.npy", type(value))
