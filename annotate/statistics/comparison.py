"""Whose answers may be worth a look, and why: people beside the others, beside chance, and beside a reader's speed.

What is compared are shares with their intervals, so that nobody stands out by chance alone.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from annotate.consensus.annotator_model import Interval, difference, interval
from annotate.statistics.annotator import Annotator

ENOUGH = 20
"""Votes from which on quality flags are given."""
LEAST_GAP = 0.05
"""A smaller distance to the others is not worth a word, however sure it is."""


def need_help(everybody: Sequence[Annotator], most: int = 5) -> list[Annotator]:
    """Those with quality flags, at most so many."""
    return [annotator for annotator in everybody if annotator.quality_flags][:most]


def quality_flags(annotator: Annotator, everybody: Sequence[Annotator]) -> list[str]:
    """What may be worth a look, each with its figures and how far it is off. Few votes give none."""
    if annotator.annotations < ENOUGH:
        return []
    others = [other for other in everybody if other is not annotator]
    return [
        *_on_gold(annotator, others),
        *_in_agreement(annotator, others),
        *_in_its_answers(annotator, everybody),
        *_in_speed(annotator, others),
    ]


def _on_gold(annotator: Annotator, others: Sequence[Annotator]) -> Iterator[str]:
    """Right less often than the others where the answer is known, or hardly more often than by guessing."""
    if annotator.gold is None:
        return
    right = f"is right on {_percent(annotator.gold.value)} of {annotator.gold_seen} known answers"
    guesses = f"guessing gets {_percent(annotator.gold_chance)}"
    is_near_chance = annotator.gold_seen >= ENOUGH / 2 and annotator.gold.high < max(
        0.6, annotator.gold_chance + (1 - annotator.gold_chance) / 3
    )
    seen = sum(other.gold_seen for other in others)
    if seen >= ENOUGH:
        gold = interval(sum(other.gold_right for other in others) / seen, seen)
        if gap := _gap(gold, annotator.gold):
            yield f"{right}, the others on {_percent(gold.value)}: {gap}" + (f"; {guesses}" * is_near_chance)
            return
    if is_near_chance:
        yield f"{right}; {guesses}"


def _in_agreement(annotator: Annotator, others: Sequence[Annotator]) -> Iterator[str]:
    """Says less often what most others say than these do; where there are two people, both agree alike."""
    compared = sum(other.compared for other in others if other.agreement)
    if annotator.agreement is None or len([other for other in others if other.agreement]) < 2:
        return
    share = sum(other.agreement.value * other.compared for other in others if other.agreement) / compared
    if gap := _gap(interval(share, compared), annotator.agreement):
        own = _percent(annotator.agreement.value)
        yield f"agrees with the others on {own}, they on {_percent(share)}: {gap}"


def _in_its_answers(annotator: Annotator, everybody: Sequence[Annotator]) -> Iterator[str]:
    """Answers that hardly depend on the item."""
    entropies = [other.entropy for other in everybody if other.entropy is not None]
    if annotator.compared >= ENOUGH and annotator.spam_score is not None and annotator.spam_score < 0.04:
        yield "answers nearly regardless of the item"
    if annotator.entropy is not None and len(entropies) > 1 and annotator.entropy < 0.3 * float(np.median(entropies)):
        yield "gives nearly always the same label"


def _in_speed(annotator: Annotator, others: Sequence[Annotator]) -> Iterator[str]:
    """Quicker than texts of this length can be read, or far quicker than the others."""
    unread = _unread([annotator])
    of_others = _unread(others)
    if unread and unread.low > 0.1 and (of_others is None or _gap(unread, of_others)):
        beside = f", the others {_percent(of_others.value)}" if of_others else ""
        yield (
            f"answered {_percent(unread.value)} of the last {annotator.timed} texts "
            f"in less time than reading takes{beside}"
        )
    speeds = [other.median_seconds for other in others if other.median_seconds]
    if annotator.median_seconds and speeds and annotator.median_seconds < 0.3 * (usual := float(np.median(speeds))):
        yield f"takes {annotator.median_seconds:.1f} s an item, the others {usual:.1f} s (medians)"


def _unread(people: Sequence[Annotator]) -> Interval | None:
    """The share of these people's last answers that came sooner than the text can be read."""
    timed = sum(annotator.timed for annotator in people)
    return interval(sum(annotator.unread for annotator in people) / timed, timed) if timed >= ENOUGH else None


def _gap(higher: Interval, lower: Interval) -> str:
    """How many points one share is below the other; empty where chance may explain it, or where it is small."""
    gap = difference(higher, lower)
    if gap.low <= 0 or gap.value < LEAST_GAP:
        return ""
    return f"{max(1, round(100 * gap.low))} to {round(100 * gap.high)} points below"


def _percent(share: float) -> str:
    return f"{100 * share:.0f}\u202f%"
