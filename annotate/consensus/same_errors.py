"""Pairs of people who make the same errors, as the votes on all items tell."""

from annotate.consensus.vote_arrays import VoteArrays
from annotate_kit import aggregation

MOST_PAIRS = 100
"""Those that share most are stored; twenty people who copy from one are nearly two hundred pairs."""


def pairs(answers: VoteArrays) -> list[tuple[int, int, float]]:
    """(annotator, annotator, the share of votes that one has from the other), the largest share first.

    Over several questions it is the largest share. Questions whose units hang together, as the parts of a text do, tell
    nothing: there one mistake is several.
    """
    shares: dict[tuple[int, int], float] = {}
    people = answers.people.tolist()
    for question in answers.questions:
        if not question.independent:
            continue
        for first, second, share in aggregation.errors_together(question.votes):
            pair = people[first], people[second]
            shares[pair] = max(share, shares.get(pair, 0.0))
    ordered = sorted(shares.items(), key=lambda row: -row[1])[:MOST_PAIRS]
    return [(*pair, round(share, 4)) for pair, share in ordered]
