"""Whether the language model knows the words of the items."""

from __future__ import annotations

from collections.abc import Sequence

from recsys.check.section import Section, percent, warning
from recsys.check.seen import Seen
from recsys.check.texts import sample
from recsys.errors import SettingsError
from recsys.language import models, reader, vocabulary
from recsys.language.wheels import MINILM, MULTILINGUAL
from recsys.schema import TEXT


def section(seen: Seen) -> Section:
    """Share of the tokens that the model does not know; a note where it cannot read the texts, or is not there."""
    name = seen.settings.language.model
    texts = [text for text in sample(seen)[TEXT] if text][: reader.SAMPLE]
    try:
        return _read(name, texts)
    except SettingsError as error:
        return Section("language", {"model": name}, [name], [warning(str(error))])


def _read(name: str, texts: Sequence[str]) -> Section:
    first = MINILM if name == reader.AUTO else name
    found = vocabulary.reading(models.find(first), texts)
    reads = found.unknown < reader.MAX_UNKNOWN and (first != MINILM or found.cut < reader.MAX_CUT)
    line = f"{percent(found.unknown, 1)} of the tokens of the texts are unknown to {first}"
    if found.cut:
        line += f", which cuts {percent(found.cut, 1)} of the words"
    model = first if reads or name != reader.AUTO else MULTILINGUAL
    facts = {"model": model, "asked": first, "unknown": found.unknown, "cut": found.cut}
    notes = [] if reads or name == reader.AUTO else [warning(f"{line}: set language.model to {reader.AUTO}")]
    return Section("language", facts, [f"{line}; {model} reads them"], notes)
