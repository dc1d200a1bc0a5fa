"""The jobs of the learner: one line each."""

from learner import rounds
from learner.models import Round


def run_round(round_id: int) -> str:
    """Run one round; a round that was deleted meanwhile is no error."""
    round = Round.objects.select_related("project").filter(pk=round_id).first()
    return rounds.run(round, rounds.observer(round)).status if round else "deleted"


def each_minute() -> None:
    """Take up what was killed, and start what is due by its schedule."""
    rounds.revive()
    rounds.ask_scheduled()
