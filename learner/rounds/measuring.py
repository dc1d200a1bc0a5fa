"""What a round brought, and what may mislead who reads of it: measured once its order is in force, and no round waits.

It goes into the record of the round; pages and REST only read it. Replays, which nobody reads, leave it out.
"""

from collections.abc import Callable

from learner.evaluation import forecast, savings, stopping
from learner.evaluation.checks import WARNINGS
from learner.models import Round
from learner.pipeline import savings as fits
from learner.pipeline.learnt import Learnt
from learner.rounds import checking


def observer(round: Round) -> Callable[[Learnt], None]:
    """To be called with what the round has learnt, once its order is in force."""
    return lambda learnt: measure(round, learnt)


def measure(round: Round, learnt: Learnt) -> None:
    """Costs up to two seconds. Nothing is measured without a model, and little with too few test items."""
    if learnt.data is None or learnt.fitted is None:
        return
    figures = {
        WARNINGS: checking.of(round, learnt),
        savings.RECORD: fits.measure(round.project, learnt, round.pk),
        stopping.RECORD: stopping.measure(round, learnt.data.labelled),
        forecast.RECORD: forecast.measure(round),
    }
    round.record |= {name: figure for name, figure in figures.items() if figure is not None}
    Round.objects.filter(pk=round.pk).update(record=round.record)
