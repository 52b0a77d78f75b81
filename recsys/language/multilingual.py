"""multilingual-e5-small from its packed file: the transformer and the tokenizer."""

from __future__ import annotations

import torch
from tokenizers import Regex, Tokenizer, normalizers, pre_tokenizers, processors
from tokenizers.models import Unigram
from transformers import BertConfig, BertModel

from recsys.language.packed import Packed

LAYERS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
"""Parts of a layer by their name in the packed file."""
EMBEDDINGS = {
    "emb.word": "word_embeddings.weight",
    "emb.pos": "position_embeddings.weight",
    "emb.type": "token_type_embeddings.weight",
    "emb.ln.w": "LayerNorm.weight",
    "emb.ln.b": "LayerNorm.bias",
}
SPECIAL = {"bos_token": "<s>", "pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>", "mask_token": "<mask>"}
PROMPTS = {"prompts": {"query": "query: ", "passage": "passage: "}, "default_prompt_name": "query"}
"""What the model card has put before a text. Items beside items are a symmetric task: "query: " on both sides."""


def network(packed: Packed) -> BertModel:
    """The transformer with the file's weights. It has no pooler of its own, so that of `BertModel` is 0."""
    shape = packed.shape
    made = BertModel(
        BertConfig(
            vocab_size=shape["vocabulary"],
            hidden_size=shape["width"],
            num_hidden_layers=shape["layers"],
            num_attention_heads=shape["heads"],
            intermediate_size=shape["inner"],
            max_position_embeddings=shape["positions"],
            type_vocab_size=shape["types"],
            layer_norm_eps=packed.epsilon,
            pad_token_id=_ids(packed)[SPECIAL["pad_token"]],
        )
    )
    with torch.no_grad():
        for name, weight in made.named_parameters():
            if name.startswith("pooler."):
                weight.zero_()
        for name, values in packed.tensors.items():
            weight = made.get_parameter(parameter_of(name))
            weight.copy_(torch.from_numpy(values.copy()).reshape(weight.shape))
    return made


def parameter_of(name: str) -> str:
    """The parameter of a `BertModel` that a tensor of the file is.

    >>> parameter_of("emb.ln.w"), parameter_of("l11.fo.b")
    ('embeddings.LayerNorm.weight', 'encoder.layer.11.output.dense.bias')
    """
    if name in EMBEDDINGS:
        return f"embeddings.{EMBEDDINGS[name]}"
    layer, part, kind = name.split(".")
    return f"encoder.layer.{layer[1:]}.{LAYERS[part]}.{ {'w': 'weight', 'b': 'bias'}[kind] }"


def tokenizer(packed: Packed) -> Tokenizer:
    """XLM-R's tokenizer: SentencePiece's unigrams over NFKC, which is what the file's table of characters amounts to.

    Besides NFKC the table has control characters go, and all kinds of space be a space.
    """
    ids = _ids(packed)
    made = Tokenizer(Unigram(packed.pieces, unk_id=ids[SPECIAL["unk_token"]], byte_fallback=False))
    gone, spaces = (_class(packed, becomes) for becomes in ("", " "))
    made.normalizer = normalizers.Sequence(
        [
            normalizers.Replace(Regex(gone), ""),
            normalizers.Replace(Regex(spaces), " "),
            normalizers.NFKC(),
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    )
    made.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")]
    )
    made.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[(token, ids[token]) for token in ("<s>", "</s>")],
    )
    return made


def _ids(packed: Packed) -> dict[str, int]:
    return {piece: number for number, (piece, _) in enumerate(packed.pieces)}


def _class(packed: Packed, becomes: str) -> str:
    """A regular expression for the characters that become so."""
    return "[" + "".join(f"\\x{{{ord(letter):x}}}" for letter, other in packed.normal.items() if other == becomes) + "]"
