"""Runs docs/notebook.ipynb in a kernel of its own and keeps what its cells show: `make notebook`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).parents[1] / "docs" / "notebook.ipynb"
SECONDS = 1200
"""For a cell, at most."""


def main() -> None:
    """Writes the notebook with the outputs of this run, but for bars and logs."""
    made = executed(NOTEBOOK)
    for cell in made.cells:
        cell.metadata.clear()
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]
    made.metadata = {"kernelspec": made.metadata.kernelspec, "language_info": {"name": "python"}}
    nbformat.write(made, NOTEBOOK)


def executed(file: Path, before: str = "") -> Any:
    """The notebook with its outputs; `before` is code that the kernel runs first. Raises what a cell raises."""
    notebook = nbformat.read(file, nbformat.NO_CONVERT)
    if before:
        notebook.cells.insert(0, nbformat.v4.new_code_cell(before))
    NotebookClient(notebook, timeout=SECONDS, kernel_name="python3", coalesce_streams=True).execute()
    return notebook


if __name__ == "__main__":
    main()
