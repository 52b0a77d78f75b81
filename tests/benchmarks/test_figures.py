"""Figures between the marks of a document, and the documents of this checkout."""

import argparse
import re
from pathlib import Path

import pytest

from benchmarks import figures
from benchmarks.operation import Cost, report
from benchmarks.publish.reading import Read

PAGE = "# Page\n\n<!-- figures: shop -->\nold\n<!-- end -->\n\nafter\n\n<!-- figures: shop-L -->\nother\n<!-- end -->\n"


def test_figures_take_the_place_of_those_between_their_marks_alone(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    page = tmp_path / "sub" / "page.md"
    page.write_text(PAGE)
    assert figures.fill("shop", "| a \\1 |\n", "make bench", "abc", "2 cores", docs=tmp_path) == page
    assert page.read_text() == PAGE.replace("old\n", "\n| a \\1 |\n\n`make bench`, commit abc, 2 cores.\n\n")


def test_figures_are_filled_again_as_often_as_they_are_measured(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE)
    for body in ("| 1 |", "| 2 |"):
        figures.fill("shop", body, "make bench", "abc", "2 cores", docs=tmp_path)
    assert "| 1 |" not in page.read_text()
    assert page.read_text().count("`make bench`") == 1


@pytest.mark.parametrize(("pages", "seen"), [({}, r"\[\]"), ({"a.md": PAGE, "b.md": PAGE}, r"\['a.md', 'b.md'\]")])
def test_marks_that_are_not_in_one_document_are_named(pages: dict[str, str], seen: str, tmp_path: Path) -> None:
    for name, text in pages.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(ValueError, match=f"figures: shop .*found in {seen}, expected in a single document"):
        figures.fill("shop", "", "make bench", "abc", "2 cores", docs=tmp_path)


def test_commit_and_machine_are_those_of_this_checkout(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text(PAGE)
    figures.fill("shop", "| 1 |", "make bench", docs=tmp_path)
    origin = (
        r"`make bench`, commit [0-9a-f]{7,} of \d{4}-\d\d-\d\d(, with changes)?, \d+ cores.*, \d+ GB, \d{4}-\d\d-\d\d\."
    )
    assert re.search(origin, (tmp_path / "page.md").read_text())


def test_every_mark_of_the_documents_is_filled_by_a_benchmark_and_has_an_end() -> None:
    text = "\n".join(path.read_text() for path in figures.DOCS.rglob("*.md"))
    marked = re.findall(
        r"<!-- figures: ([\w-]+) -->\n\n.+?\n\n`make [^`]+`, commit .+?\.\n\n<!-- end -->", text, re.DOTALL
    )
    code = "\n".join(path.read_text() for path in (figures.ROOT / "benchmarks").rglob("*.py"))
    assert sorted(marked) == sorted(re.findall(r'figures\.fill\(\s*"([\w-]+)"', code))
    assert len(marked) == text.count(figures.END) == text.count("<!-- figures:")


def test_a_benchmark_leaves_the_documents_alone_unless_asked() -> None:
    parser = argparse.ArgumentParser()
    figures.add_flag(parser)
    assert [parser.parse_args(given).docs for given in ([], ["--docs"])] == [False, True]


def test_a_read_is_shown_with_its_units() -> None:
    assert str(Read(40_700, 0.31, 1.1, 0)) == "40,700 a second, 50% within 0.31 ms, 99% within 1.1 ms"
    assert str(Read(10, 0.31, 1.1, 2)).endswith("1.1 ms, 2 errors")


def test_both_kinds_of_days_are_in_the_report_of_the_operation() -> None:
    text = report([Cost(1.5, 10, 1, 1)], [Cost(0.5, 10, 1, 1)])
    assert re.findall(r"trigger to first task, s \| (\S+)", text) == ["1.50", "0.50"]
