"""What a round brought, once its order is in force: the labels that it saved, and what the last labels changed.

It goes into the record of the round; pages and REST only read it.
"""

from collections.abc import Callable

from learner.evaluation import savings, stopping
from learner.models import Round
from learner.pipeline import savings as fits
from learner.pipeline.learnt import Learnt


def observer(round: Round) -> Callable[[Learnt], None]:
    """To be called with what the round has learnt, while nothing else runs in its project."""
    return lambda learnt: measure(round, learnt)


def measure(round: Round, learnt: Learnt) -> None:
    """Costs up to two seconds. Nothing is measured without a model, or with too few test items."""
    if learnt.data is None or learnt.fitted is None:
        return
    figures = {
        savings.RECORD: fits.measure(round.project, learnt, round.pk),
        stopping.RECORD: stopping.measure(round, learnt.data.labelled),
    }
    round.record |= {name: figure for name, figure in figures.items() if figure is not None}
    Round.objects.filter(pk=round.pk).update(record=round.record)
