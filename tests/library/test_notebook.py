"""docs/notebook.ipynb: every cell runs in a real kernel, and what readers of the page see is there."""

import base64
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tools.notebook import NOTEBOOK, executed

ROOT = Path(__file__).parents[2]
BRIEF = f"""import runpy
training = runpy.run_path({str(ROOT / "tests" / "brief.py")!r})["brief_training"]()
training.__enter__()"""
"""What the kernel of a test runs first."""
MAX_BYTES = 300_000


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel imports what the tests do."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]))


def _code(notebook: Any) -> Iterator[Any]:
    return (cell for cell in notebook["cells"] if cell["cell_type"] == "code")


def _page() -> Any:
    return json.loads(NOTEBOOK.read_text())


@pytest.mark.usefixtures("environment")
def test_every_cell_runs_and_what_is_loaded_answers_as_what_was_saved() -> None:
    *_, last = _code(executed(NOTEBOOK, BRIEF))
    assert last["outputs"][-1]["data"]["text/plain"] == "True"


def test_the_page_shows_the_result_of_every_cell_and_is_kept_small() -> None:
    cells = list(_code(_page()))
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))
    assert all(cell["outputs"] for cell in cells)
    assert NOTEBOOK.stat().st_size < MAX_BYTES
    shown = [output["data"] for cell in cells for output in cell["outputs"]]
    pictures = [data["image/png"] for data in shown if "image/png" in data]
    assert [base64.b64decode(picture)[:4] for picture in pictures] == [b"\x89PNG"]


def test_the_page_tells_nothing_of_the_machine_that_ran_it() -> None:
    shown = [str(output) for cell in _code(_page()) for output in cell["outputs"]]
    assert not [text for text in shown if str(ROOT) in text or sys.prefix in text or "/tmp" in text or "stderr" in text]
