"""The record of a round: all that decides what it finds out, so that it can be run again and compared."""

import platform
from importlib.metadata import version
from typing import Any

from learner.evaluation import forecast, savings, stopping
from learner.evaluation.checks import WARNINGS
from learner.models import Round
from learner.pipeline.learning import digest
from learner.pipeline.learnt import Learnt

PARAMETERS = ("estimator", "acquisition", "features", "explore", "aggregation", "retrain_every")
RESULTS = ("confusion", "reliability")  # of the test items: not what decided the round
MEASURED = (savings.RECORD, stopping.RECORD, forecast.RECORD)  # after the round
LIBRARIES = ("numpy", "scipy", "scikit-learn")


def of_beginning(round: Round, tuning: dict[str, Any]) -> dict[str, Any]:
    """What is known before the work starts. `tuning` is what the round before chose."""
    project = round.project
    parameters = {name: getattr(project, name) for name in PARAMETERS}
    return {
        "seed": [project.pk, round.pk],
        "parameters": {**parameters, "labels": list(project.label_names), "former_tuning": tuning},
        "versions": {"python": platform.python_version(), **{name: version(name) for name in LIBRARIES}},
    }


def of_outcome(learnt: Learnt) -> dict[str, Any]:
    """Digests of what the round read, of what the model saw of it, and of the order that came of it."""
    data = learnt.data
    if data is None:
        return {"order": digest(learnt.order), **({"predictions": learnt.judged} if learnt.judged else {})}
    labelled, votes = data.labelled, data.labelled.votes
    voted = () if votes is None else (votes.item, votes.annotator, votes.label)
    known = {name: getattr(learnt, name) for name in RESULTS if getattr(learnt, name) is not None}
    return {
        **known,
        "data": digest(labelled.items, labelled.answers, labelled.weights, data.pool, *voted),
        "rows": learnt.features,
        "order": digest(learnt.order),
    }


def differences(record: dict[str, Any], other: dict[str, Any]) -> list[tuple[str, Any, Any]]:
    """(name, here, there) of what two records say otherwise, but for the seed and the order."""
    here, there = flat(record), flat(other)
    names = [name for name in {**here, **there} if name not in ("seed", "order")]
    return [(name, here.get(name), there.get(name)) for name in names if here.get(name) != there.get(name)]


def flat(record: dict[str, Any]) -> dict[str, Any]:
    """What a record says, parameters and versions beside the rest."""
    inner = {name: value for part in ("parameters", "versions") for name, value in record.get(part, {}).items()}
    left_out = ("parameters", "versions", WARNINGS, *RESULTS, *MEASURED)
    return inner | {name: value for name, value in record.items() if name not in left_out}
