"""Links of the docs site, from tiny texts."""

import pytest

from tools.docs_pages import on_page_markdown, within


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[tour](docs/tour.md#first)", "[tour](tour.md#first)"),
        ('<img src="docs/a.png"> <source srcset="docs/b.png">', '<img src="a.png"> <source srcset="b.png">'),
        ("`docs/` and [how](CONTRIBUTING.md)", "`docs/` and [how](CONTRIBUTING.md)"),
    ],
)
def test_a_document_beside_docs_links_into_the_site(text: str, expected: str) -> None:
    assert within(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[how](../CONTRIBUTING.md)", "[how](CONTRIBUTING.md)"),
        ("[start](../../README.md#two-commands)", "[start](../README.md#two-commands)"),
        ("[tour](../tour.md)", "[tour](../tour.md)"),
    ],
)
def test_a_page_links_to_documents_beside_docs(text: str, expected: str) -> None:
    assert on_page_markdown(text) == expected
