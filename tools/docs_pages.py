"""Hook of mkdocs.yml: README.md is the first page of the site, and the documents beside it are pages too."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

PAGES = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "CODE_OF_CONDUCT.md", "LICENSE")


def on_files(files: Any, config: Any) -> Any:
    """The files of docs/ and `PAGES`, whose links into docs/ become links of the site."""
    from mkdocs.structure.files import File  # type: ignore[import-not-found] # of the environment of the docs alone

    root = Path(config.config_file_path).parent
    for name in PAGES:
        files.append(File.generated(config, name, content=within((root / name).read_text())))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """The text of a page, whose links to `PAGES` become links of the site."""
    return re.sub(rf"\]\(\.\./((?:\.\./)*(?:{'|'.join(PAGES)}))", r"](\1", markdown)


def within(text: str) -> str:
    """The text of a document beside docs/ as it reads inside: links and pictures lose `docs/`.

    >>> within('[tour](docs/tour.md#first) <img src="docs/pictures/a.png"> `docs/`')
    '[tour](tour.md#first) <img src="pictures/a.png"> `docs/`'
    """
    return re.sub(r'(\]\(|src(?:set)?=")docs/', r"\1", text)
