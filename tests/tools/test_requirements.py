"""What the package asks for agrees with what is pinned and tested."""

from __future__ import annotations

import tomllib
from itertools import chain
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = {name: [Requirement(text) for text in asked] for name, asked in PROJECT["optional-dependencies"].items()}
PINNED = {
    pin.name: next(iter(pin.specifier)).version
    for pin in (Requirement(line) for line in (ROOT / "requirements.txt").read_text().splitlines() if "==" in line)
}


def test_every_pinned_package_is_asked_for_once_and_no_other() -> None:
    parts = [asked for name, asked in EXTRAS.items() if name != "all"]
    wanted = [Requirement(text).name for text in PROJECT["dependencies"]]
    assert sorted([*wanted, *(package.name for package in chain(*parts))]) == sorted(PINNED)


def test_every_lower_bound_admits_what_is_pinned_and_nothing_older_than_its_line() -> None:
    asked = [Requirement(text) for text in PROJECT["dependencies"]] + list(chain(*EXTRAS.values()))
    for package in (package for package in asked if package.name in PINNED):
        (bound,) = (part.version for part in package.specifier if part.operator == ">=")
        assert package.specifier.contains(PINNED[package.name]), package
        assert PINNED[package.name].startswith(bound), package


def test_the_extra_of_everything_names_all_others_but_the_tools_of_development() -> None:
    (everything,) = EXTRAS["all"]
    assert everything.extras == EXTRAS.keys() - {"all", "dev"}
