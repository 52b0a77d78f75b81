"""Versions of the package's own code: what a module's results depend on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from recsys.artifacts import fingerprint

ROOT = Path(__file__).parents[1]
"""The folder in which the package lies."""
PACKAGE = "recsys"
STAGES = "stages.py"
"""The file that names all stages, each of which has a version of its own."""
IMPORT = re.compile(r"""^\s*from ([\w.]+) import (\([^)]*\)|.*)|^\s*import ([\w.]+)|"([\w.]+)\"""", re.MULTILINE)
"""A module and what is imported of it, a module, or a text that may name one; other words that match name no module."""
NAME = re.compile(r"\w+")
DATA = (".sql", ".toml")
"""Endings of the files beside its modules that a package reads."""


@cache
def code_version(module: str) -> str:
    """Digest of a module of this package, and of all that it imports of it, at once or later, however deep.

    What is imported by name counts where the name stands in the code, and all modules beside one that lists them. Of a
    package on the way, the files of data below it count too.
    """
    found = sorted({path for part in _closure(module) for path in _files(part)})
    return fingerprint(*[(str(file.relative_to(ROOT)), file.read_text()) for file in found])


def _closure(module: str) -> set[Path]:
    """Files of the module, of the packages that it lies in, and of all that they import."""
    found: set[Path] = set()
    names = [module]
    while names:
        for file in _way(names.pop()) - found:
            found.add(file)
            names += _imports(file)
    return found


def _way(name: str) -> set[Path]:
    """Files that the import of a name runs: its own and those of its packages, but for the outermost one's, which
    imports nothing by itself."""
    parts = name.split(".")
    is_own = parts[0] == PACKAGE and all(map(str.isidentifier, parts))
    paths = [ROOT.joinpath(*parts[:end]) for end in range(2, len(parts) + 1)] if is_own else []
    both = [file for path in paths for file in (path.with_suffix(".py"), path / "__init__.py")]
    return {file for file in both if file.is_file()}


@cache
def _imports(file: Path) -> tuple[str, ...]:
    """Names of what a file imports, and other names that may be modules."""
    found: list[str] = []
    for module, names, plain, text in IMPORT.findall(file.read_text()):
        found += [f"{module}.{name}" for name in NAME.findall(names)]
        found += [plain, text if file.name != STAGES else ""]
    if "pkgutil" in found:
        room = ".".join(file.parent.relative_to(ROOT).parts)
        found += [f"{room}.{beside.stem}" for beside in sorted(file.parent.glob("*.py"))]
    return tuple(found)


def _files(module: Path) -> Iterator[Path]:
    yield module
    if module.name == "__init__.py":
        yield from (file for file in module.parent.rglob("*") if file.suffix in DATA)
