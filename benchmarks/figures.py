"""Figures of a benchmark in a document: `--docs` puts them between `<!-- figures: NAME -->` and `<!-- end -->`."""

from __future__ import annotations

import argparse
import os
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
END = "<!-- end -->"


def add_flag(parser: argparse.ArgumentParser) -> None:
    """Adds `--docs` to the arguments of a benchmark."""
    parser.add_argument("--docs", action="store_true", help="put the figures into the document that has their marks")


def fill(
    name: str, body: str, command: str, commit: str | None = None, machine: str | None = None, docs: Path = DOCS
) -> Path:
    """The document whose marks of that name now hold the Markdown of a benchmark, and where it comes from.

    Without `commit` and `machine` those of this checkout and this machine. Raises `ValueError` where not exactly one
    document of the folder has the marks.
    """
    marks = re.compile(rf"(<!-- figures: {re.escape(name)} -->\n).*?({END})", re.DOTALL)
    found = [path for path in sorted(docs.rglob("*.md")) if marks.search(path.read_text())]
    if len(found) != 1:
        raise ValueError(
            f"marks `<!-- figures: {name} -->` … `{END}` in {docs}: found in {[path.name for path in found]}, expected"
            " in a single document; put them where the table belongs"
        )
    origin = f"`{command}`, commit {commit or this_commit()}, {machine or this_machine()}."
    text = marks.sub(lambda match: f"{match[1]}\n{body.strip()}\n\n{origin}\n\n{match[2]}", found[0].read_text())
    found[0].write_text(text)
    return found[0]


def this_commit() -> str:
    """Short hash of the checkout with its date; `with changes` where files differ from it."""
    changes = ", with changes" if _git("status", "--porcelain", "--untracked-files=no") else ""
    return f"{_git('log', '-1', '--format=%h of %cs')}{changes}"


def this_machine() -> str:
    """Cores, processor and memory of this machine, and the day of the measurement."""
    models = re.findall(r"^model name\s*: (.+)$", _processors(), re.MULTILINE)
    processor = f" ({models[0]})" if models else ""
    memory = round(psutil.virtual_memory().total / 2**30)
    return f"{len(os.sched_getaffinity(0))} cores{processor}, {memory} GB, {datetime.now(UTC):%Y-%m-%d}"


def _processors() -> str:
    file = Path("/proc/cpuinfo")
    return file.read_text() if file.exists() else ""


def _git(*arguments: str) -> str:
    return subprocess.run(
        ["git", "-C", str(ROOT), *arguments], capture_output=True, text=True, check=True
    ).stdout.strip()
