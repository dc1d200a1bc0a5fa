"""Whose answers may be worth a look, and why: people beside the others, beside chance, and beside a reader's speed.

A share that is lower than others' counts where somebody like the others would hardly ever do as badly, however few
answers there are: ten wrong of eleven say enough. The more people are compared, the rarer it must be, so that nobody
stands out by chance alone.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from scipy.special import bdtr, betaln, gammaln, logsumexp

from annotate.consensus.annotator_model import Interval, difference, interval
from annotate.statistics.annotator import Annotator

ENOUGH = 20
"""Votes from which on it is told how people answer, and how quickly."""
FALSE_ALARM = 0.05
"""How probable it may be that somebody of all who are compared is flagged by chance alone."""
LEAST_GAP = 0.05
"""A smaller distance to the others is not worth a word, however sure it is."""


def need_help(everybody: Sequence[Annotator], most: int = 5) -> list[Annotator]:
    """Those with quality flags, at most so many."""
    return [annotator for annotator in everybody if annotator.quality_flags][:most]


def quality_flags(annotator: Annotator, everybody: Sequence[Annotator]) -> list[str]:
    """What may be worth a look, each with its figures, how far it is off and how sure that is."""
    others = [other for other in everybody if other is not annotator]
    flags = [*_on_gold(annotator, others), *_in_agreement(annotator, others)]
    if annotator.annotations >= ENOUGH:
        flags += [*_in_its_answers(annotator, everybody), *_in_speed(annotator, others)]
    return flags


def _on_gold(annotator: Annotator, others: Sequence[Annotator]) -> Iterator[str]:
    """Right less often than the others where the answer is known, or hardly more often than by guessing."""
    if annotator.gold is None:
        return
    right = f"is right on {_percent(annotator.gold.value)} of {annotator.gold_seen} known answers"
    guesses = f"guessing gets {_percent(annotator.gold_chance)}"
    least = max(0.6, annotator.gold_chance + (1 - annotator.gold_chance) / 3)
    rarity = float(bdtr(annotator.gold_right, annotator.gold_seen, least))
    is_near_chance = rarity <= FALSE_ALARM / (len(others) + 1)
    seen, right_of_others = (sum(getattr(other, name) for other in others) for name in ("gold_seen", "gold_right"))
    if seen and (gap := _gap(annotator.gold, annotator.gold_seen, right_of_others / seen, seen, len(others))):
        yield f"{right}, the others on {_percent(right_of_others / seen)}: {gap}" + (f"; {guesses}" * is_near_chance)
    elif is_near_chance:
        yield f"{right}; {guesses}, and somebody right on {_percent(least)} would do as badly {_times(rarity)}"


def _in_agreement(annotator: Annotator, others: Sequence[Annotator]) -> Iterator[str]:
    """Says less often what most others say than these do; where there are two people, both agree alike."""
    compared = sum(other.compared for other in others if other.agreement)
    if annotator.agreement is None or len([other for other in others if other.agreement]) < 2:
        return
    share = sum(other.agreement.value * other.compared for other in others if other.agreement) / compared
    if gap := _gap(annotator.agreement, annotator.compared, share, compared, len(others)):
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
    if unread and unread.low > 0.1 and (of_others is None or difference(unread, of_others).low > LEAST_GAP):
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


def _gap(own: Interval, n: int, of_others: float, n_of_others: int, others: int) -> str:
    """How many points a share is below the others', and how sure that is; empty where chance may explain it."""
    rarity = as_badly(own.value * n, n, of_others * n_of_others, n_of_others)
    gap = difference(interval(of_others, n_of_others), own)
    if rarity > FALSE_ALARM / (others + 1) or gap.value < LEAST_GAP:
        return ""
    points = f"{max(1, round(100 * gap.low))} to {round(100 * gap.high)} points below"
    return f"{points}; somebody like them would do as badly {_times(rarity)}"


def as_badly(right: float, n: int, right_of_others: float, n_of_others: int) -> float:
    """The probability that somebody who is as good as the others is right at most so often in n cases.

    A beta-binomial distribution: how good the others are is known from their own cases only, after H. Jeffreys.
    """
    a, b = right_of_others + 0.5, n_of_others - right_of_others + 0.5
    k = np.arange(round(right) + 1)
    ways = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
    return min(1.0, float(np.exp(logsumexp(ways + betaln(k + a, n - k + b) - betaln(a, b)))))


def _times(rarity: float) -> str:
    """A small probability in words."""
    if rarity < 1e-6:
        return "less than once in a million times"
    times = round(1 / rarity)
    digits = len(str(times)) - 2  # two of them say enough
    return f"once in {round(times, -max(0, digits)):,} times"


def _percent(share: float) -> str:
    return f"{100 * share:.0f}\u202f%"
