"""The documents cannot rot: commands, settings, links and pictures that they name are there."""

import pkgutil
import re
from pathlib import Path

import pytest

from recsys.check import page
from recsys.cli import app
from recsys.settings import Settings
from recsys.sources import layout

ROOT = Path(__file__).parents[1]
DOCUMENTS = {path.name: path for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]}


def _commands() -> set[str]:
    named = {str(command.name or getattr(command.callback, "__name__", "")) for command in app.registered_commands}
    return {name.replace("_", "-") for name in named} | {str(group.name) for group in app.registered_groups}


def test_every_command_that_the_documents_name_exists() -> None:
    text = "\n".join(path.read_text() for path in DOCUMENTS.values())
    named = set(re.findall(r"(?:\.venv/bin/|`)recsys ([a-z-]+)", text))
    assert {"batch", "dsn", "settings"} <= named
    assert named - _commands() == set()


def test_every_setting_of_the_table_exists() -> None:
    named = re.findall(r"^\| `([a-z]+)\.([a-z_]+)`", DOCUMENTS["settings.md"].read_text(), re.MULTILINE)
    settings = Settings()
    assert len(named) > 10
    assert [f"{section}.{name}" for section, name in named if not hasattr(getattr(settings, section), name)] == []


def test_every_layout_and_every_section_of_the_page_of_check_is_documented() -> None:
    text = DOCUMENTS["data.md"].read_text()
    assert [name for name in layout.names() if f"| `{name}` |" not in text] == []
    modules = ["columns", *(section.__module__ for section in page.SECTIONS)]
    sections = [module.rpartition(".")[2].replace("_", " ") for module in modules]
    assert [name for name in sections if f"| {name.replace('bad rows', 'dropped rows')} |" not in text] == []


def test_every_function_of_the_tour_exists() -> None:
    named = re.findall(r"`(recsys(?:\.\w+)+)`", DOCUMENTS["tour.md"].read_text())
    assert len(named) > 15
    for name in named:
        assert pkgutil.resolve_name(name), name


@pytest.mark.parametrize("command", ["batch", "check", "init", "evaluate"])
def test_commands_that_read_files_are_documented(command: str) -> None:
    assert any(f"recsys {command}" in text.read_text() for text in DOCUMENTS.values())


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_and_picture_leads_to_a_file(document: str) -> None:
    text = DOCUMENTS[document].read_text()
    targets = re.findall(r"\]\(([^)#:]+)\)", text) + re.findall(r'src(?:set)?="([^":]+)"', text)
    assert [target for target in targets if not (DOCUMENTS[document].parent / target).exists()] == []
