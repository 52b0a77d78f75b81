"""Stage `backtest`: how well the vectors of `language.model` predict what no training reads."""

from __future__ import annotations

from recsys.stages import Job, Result

TABLE = "quality.parquet"


def run(job: Job) -> Result:
    """Writes `TABLE` (`quality.TABLE`): the same users and requests for whichever model made the features."""
    from recsys.events import tables
    from recsys.language import embeddings
    from recsys.training import held_out, quality

    settings = job.settings
    known = tables.read(job.manifest("ingest"))
    cut = held_out.hold_out(known.interactions, list(known.item_ids), settings.training)
    _, vectors = embeddings.load(job.inputs["features"])
    made = quality.table(vectors, cut, list(known.user_ids))
    made.to_parquet(job.folder / TABLE)
    evaluation = settings.evaluation
    summary = quality.summary(made, evaluation.resamples, evaluation.seed)
    found = {f"{row.protocol}.{row.metric}": float(row.value) for row in summary[summary.segment == "all"].itertuples()}
    version = job.inputs["features"][0].facts.get("model_version", "")
    return Result({"requests": len(made)}, found, {"model_version": version})
