"""Amazon Beauty 2014, 5-core, each user's last item for the test: the split of S3-Rec's repository."""

from benchmarks.published.table import Figure, Table

BEAUTY = Table(
    name="Amazon Beauty 2014, 5-core, last item",
    about="Sequences of RUCAIBox/CIKM2020-S3Rec (data/Beauty.txt): `test` is each user's last item, `valid` the one "
    "before. Models are fitted on `train`, asked with `train` and `valid`, and rank all unseen items for all users.",
    users=22_363,
    items=12_101,
    events=198_502,
    source="table in the README of blondered/transformer_benchmark, and the papers it cites; "
    "(r): recomputed there, else as reported by the papers",
    figures=(
        Figure("SASRec", 0.0605, 0.0318),
        Figure("S3-Rec", 0.0647, 0.0327),
        Figure("TIGER", 0.0648, 0.0384),
        Figure("ActionPiece", 0.0775, 0.0424),
        Figure("LSAN", 0.0785, 0.0410),
        Figure("DuoRec", 0.0845, 0.0443),
        Figure("HSTU (r)", 0.0788, 0.0439),
        Figure("FuXi-alpha (r)", 0.0809, 0.0451),
        Figure("eSASRec (r)", 0.0928, 0.0523),
        Figure("SASRec with sampled softmax (r)", 0.0921, 0.0531),
    ),
)
