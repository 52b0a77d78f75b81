"""The documents cannot rot: commands, settings, links and pictures that they name are there."""

import pkgutil
import re
from pathlib import Path

import pytest

import recsys
from recsys import settings
from recsys.check import page
from recsys.cli import app
from recsys.settings import Settings
from recsys.sources import layout

ROOT = Path(__file__).parents[1]
DOCUMENTS = {
    str(path.relative_to(ROOT)).removeprefix("docs/"): path
    for path in [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
}


def _prose(document: str) -> str:
    """The text of a document without its blocks of code."""
    return re.sub(r"^ *```.*?^ *```", "```", DOCUMENTS[document].read_text(), flags=re.MULTILINE | re.DOTALL)


def _anchors(path: Path) -> set[str]:
    """What links to the headings of a document end with."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


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
    defaults = Settings()
    assert len(named) > 10
    assert [f"{section}.{name}" for section, name in named if not hasattr(getattr(defaults, section), name)] == []


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
    targets = re.findall(r"\]\(([^)#:]+)[)#]", text) + re.findall(r'src(?:set)?="([^":]+)"', text)
    assert [target for target in targets if not (DOCUMENTS[document].parent / target).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_to_a_section_leads_to_a_heading(document: str) -> None:
    path = DOCUMENTS[document]
    links = re.findall(r"\]\(([^):#]*)#([^)]+)\)", path.read_text())
    targets = [(path.parent / file if file else path, anchor) for file, anchor in links]
    assert [(file.name, anchor) for file, anchor in targets if anchor not in _anchors(file)] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_lists_and_tables_begin_after_an_empty_line_which_the_site_needs(document: str) -> None:
    starts = re.findall(r"^(?![-|>#<]|\d+\. |  )(.+)\n(?:- |\| )", _prose(document), re.MULTILINE)
    assert starts == []


def test_the_readme_is_a_page_of_less_than_150_lines() -> None:
    assert len(DOCUMENTS["README.md"].read_text().splitlines()) < 150


def test_the_reference_has_every_public_name_and_every_section_of_the_settings() -> None:
    named = {
        page: set(re.findall(r"^::: \S+\.(\w+)$", DOCUMENTS[f"api/{page}.md"].read_text(), re.MULTILINE))
        for page in ("library", "settings")
    }
    assert set(recsys.__all__) - {"__version__"} - named["library"] == set()
    assert {name for name in settings.__all__ if name.endswith("Settings")} - named["settings"] == set()


RECORDS = sorted((ROOT / "docs" / "decisions").glob("0*.md"))
HEADINGS = (
    ["Context", "Tried", "Decision", "Consequences"],
    ["Context", "Decision", "Consequences"],
    ["Context", "Tried", "Decision and consequences"],
)


def test_decisions_are_numbered_and_their_index_has_all_of_them_in_order() -> None:
    index = re.findall(r"^\| \[(\d+)\]\((.+)\) \| (.+) \|$", DOCUMENTS["decisions/README.md"].read_text(), re.MULTILINE)
    titles = [path.read_text().splitlines()[0].removeprefix("# ") for path in RECORDS]
    assert [f"{number} {title}" for number, _, title in index] == titles
    assert [file for _, file, _ in index] == [path.name for path in RECORDS]
    assert [int(number) for number, *_ in index] == list(range(1, len(RECORDS) + 1))


@pytest.mark.parametrize("record", RECORDS, ids=lambda path: path.stem[:4])
def test_a_decision_has_context_what_was_tried_and_consequences_on_one_page(record: Path) -> None:
    lines = record.read_text().splitlines()
    assert len(lines) <= 60
    assert [line.removeprefix("## ") for line in lines if line.startswith("## ")] in HEADINGS
