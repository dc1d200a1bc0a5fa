"""Spans of text.

A value is `[{"start": 13, "end": 22, "label": "ORG"}, …]`, half-open, in code points. People vote on atoms (see
`_sequence`): on one label of all, or, where spans of different labels may overlap, on one question a label. A value
with relations between spans is an object; see `_relations`. Parts are spans, and behind them relations.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from . import _relations
from ._contract import NEAR_MISS, Answers, Content, Floats, Merged, Question, Value, WrongAnswer
from ._relations import ends_of, is_relation, part_ends, relations_of, spans_of, with_relations
from ._scores import f1
from ._sequence import Atoms, Spans, flatten

__all__ = [
    "Options",
    "clean",
    "distance",
    "ends_of",
    "is_relation",
    "part_ends",
    "plan",
    "relations_of",
    "score",
    "spans_of",
    "with_relations",
]

OVERLAPS = ("none", "labels", "free")


@dataclass(frozen=True)
class Options:
    """overlap     "none"; "labels": spans of different labels may overlap; "free": any may
    threshold   a span is taken when it is more probable than this, nothing being the other choice
    labels      every label there is, in the order of the questions; when empty, those that somebody used

    Strict F1 is largest when whatever is more probable than half of that F1 is taken, and people overlook more spans
    than they invent; so the threshold is a third. Z. Lipton, C. Elkan, B. Naryanaswamy (2014), Optimal thresholding
    of classifiers to maximize F1 measure.
    """

    overlap: str = "none"
    threshold: float = 1 / 3
    labels: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.overlap not in OVERLAPS:
            raise ValueError(f"overlap must be one of {', '.join(OVERLAPS)}; it is {self.overlap!r}")
        if not 0 < self.threshold < 1:
            raise ValueError(f"threshold must be more than 0 and less than 1; it is {self.threshold}")


def clean(value: Value, content: Content) -> Value:
    """The spans sorted, each once. ValueError for one that is none, or that lies outside of the text."""
    if isinstance(value, dict):
        return _relations.clean(value, content, clean)
    if not isinstance(value, list):
        raise ValueError(f'spans are a list of {{"start", "end", "label"}}; this is {type(value).__name__}')
    spans = {_clean_span(span, content.length) for span in value}
    return [{"start": start, "end": end, "label": label} for start, end, label in sorted(spans)]


def _clean_span(span: Any, length: int | None) -> tuple[int, int, str]:
    if isinstance(span, list | tuple) and len(span) == 3:  # as ipyannotations has them
        span = dict(zip(("start", "end", "label"), span, strict=True))
    if not isinstance(span, dict) or not {"start", "end", "label"} <= span.keys():
        raise ValueError(f'a span is {{"start": 13, "end": 22, "label": "ORG"}}; this is {span!r}')
    start, end, label = span["start"], span["end"], span["label"]
    if type(start) is not int or type(end) is not int or not 0 <= start < end:
        raise ValueError(f"start and end must be whole numbers with 0 <= start < end; they are {start!r} and {end!r}")
    if length is not None and end > length:
        raise ValueError(f"the span {start} to {end} ends behind the text, which has {length} code points")
    if type(label) is not str or not label:
        raise ValueError(f"a span's label must be a label's name; it is {label!r}")
    return start, end, label


def plan(answers: Answers, options: Options) -> "SpanPlan":
    """ValueError, naming the answer, where spans overlap that may not."""
    labels = list(options.labels) or sorted({span["label"] for value in answers.values for span in spans_of(value)})
    spans = flatten(answers, labels)
    of_layers, layers = _layers(spans, len(labels), options.overlap)
    _check_overlaps(answers, spans, layers, options.overlap)
    return SpanPlan(answers, labels, spans, of_layers, layers, options.threshold)


class SpanPlan:
    """A layer is a set of spans that never overlap within an answer: all of them, or those of one label."""

    def __init__(
        self,
        answers: Answers,
        labels: Sequence[str],
        spans: Spans,
        of_layers: Sequence[Sequence[int]],
        layers: np.ndarray,
        threshold: float,
    ) -> None:
        self.answers, self.labels, self.spans = answers, labels, spans
        self._outside = threshold / (1 - threshold)
        length = np.array([content.length or 0 for content in answers.contents], dtype=np.int64)
        np.maximum.at(length, answers.item[spans.answer], spans.end)
        self._layers = [
            _Layer(answers, [labels[label] for label in used], used, spans.where(layers == layer), length)
            for layer, used in enumerate(of_layers)
        ]
        self.questions = [layer.question for layer in self._layers]

    def compose(self, probabilities: Sequence[Floats]) -> list[Merged]:
        by_layer = [
            layer.parts(shares, self._outside) for layer, shares in zip(self._layers, probabilities, strict=True)
        ]
        sure = np.min([confidence for _, confidence in by_layer], axis=0)
        answered = np.bincount(self.answers.item, minlength=self.answers.n_items) > 0
        related = self._related()
        merged = []
        for item in range(self.answers.n_items):
            parts = sorted((part for of_layer, _ in by_layer for part in of_layer[item]), key=_place)
            value = [{name: part[name] for name in ("start", "end", "label")} for part in parts if part.pop("chosen")]
            if item in related:
                relations = _relations.considered(related[item])
                sure[item] = min(sure[item], _relations.confidence(value, relations))
                value = _relations.merged(value, relations)
                parts += [part for part in relations if part["probability"] >= NEAR_MISS]
            merged.append(Merged(value, parts, float(sure[item])) if answered[item] else Merged(None))
        return merged

    def _related(self) -> dict[int, list[Value]]:
        """The answers to each item that has one with relations."""
        items = {
            item
            for item, value in zip(self.answers.item.tolist(), self.answers.values, strict=True)
            if isinstance(value, dict)
        }
        if not items:
            return {}
        by_item = self.answers.by_item()
        return {item: [self.answers.values[row] for row in by_item[item].tolist()] for item in items}


class _Layer:
    """`labels` are the names of its labels, which are numbered `used`, ascending, among all."""

    def __init__(
        self, answers: Answers, labels: Sequence[str], used: Sequence[int], spans: Spans, length: np.ndarray
    ) -> None:
        self.labels = labels
        own = Spans(spans.answer, spans.start, spans.end, np.searchsorted(used, spans.label))
        self.atoms = Atoms(own, answers.item, answers.annotator, length, answers.n_annotators, len(used))
        names = ["O", *(f"{where}-{label}" for label in self.labels for where in "BI")]
        name = "label" if len(used) != 1 else self.labels[0]
        self.question = Question(name, names, self.atoms.votes, self.atoms.unit_item, independent=False)

    def parts(self, shares: Floats, outside: float) -> tuple[list[list[dict[str, Any]]], Floats]:
        """Of each item the spans that are or might be, and how sure its least sure atom is.

        `outside` is what the probability of no span is multiplied by before the most probable spans are looked for.
        """
        *decoded, path = self.atoms.decode(shares * np.where(np.arange(shares.shape[1]) == 0, outside, 1.0))
        spans = self.atoms.spans
        drawn = np.stack([self.atoms.item[spans.answer], spans.start, spans.end, spans.label])
        columns, index = np.unique(np.hstack([np.stack(decoded), drawn]), axis=1, return_inverse=True)
        n_decoded = len(decoded[0])
        chosen = np.zeros(columns.shape[1], dtype=bool)
        chosen[index[:n_decoded]] = True
        votes = np.bincount(index[n_decoded:], minlength=len(chosen))
        probability = self.atoms.probability(shares, *columns)
        shown = chosen | (probability >= NEAR_MISS)
        parts: list[list[dict[str, Any]]] = [[] for _ in range(len(self.atoms.length))]
        for (item, start, end, label), p, n, is_chosen in zip(
            columns.T[shown].tolist(), probability[shown].tolist(), votes[shown].tolist(), chosen[shown], strict=True
        ):
            parts[item].append(
                {"start": start, "end": end, "label": self.labels[label], "probability": p, "votes": n,
                 "chosen": bool(is_chosen)}
            )  # fmt: skip
        sure = np.ones(len(self.atoms.length))
        np.minimum.at(sure, self.atoms.unit_item, shares[np.arange(len(path)), path])
        return parts, sure


def distance(a: Value, b: Value, content: Content) -> float:
    """1 − soft F1: a span counts as found as far as the best span of its label on the other side overlaps it.

    Relations count as well: right are those of the same two spans and label.
    """
    related = set(_relations.ends_of(a)), set(_relations.ends_of(b))
    apart = _distance(spans_of(a), spans_of(b))
    if not any(related):
        return apart
    sizes = [len(spans_of(value)) + len(relations) for value, relations in zip((a, b), related, strict=True)]
    n_spans = len(spans_of(a)) + len(spans_of(b))
    return 1 - ((1 - apart) * n_spans + 2 * len(related[0] & related[1])) / sum(sizes)


def _distance(a: list[dict[str, Any]], b: list[dict[str, Any]]) -> float:
    if not a and not b:
        return 0.0
    if not a or not b:
        return 1.0
    (starts, ends, labels), (other_starts, other_ends, other_labels) = _columns(a), _columns(b)
    shared = np.minimum(ends[:, None], other_ends) - np.maximum(starts[:, None], other_starts)
    union = np.maximum(ends[:, None], other_ends) - np.minimum(starts[:, None], other_starts)
    overlap = np.where((shared > 0) & (labels[:, None] == other_labels), shared / union, 0.0)
    return float(1 - (overlap.max(axis=0).sum() + overlap.max(axis=1).sum()) / (len(a) + len(b)))


def score(values: Sequence[Value], gold: Sequence[Value], contents: Sequence[Content]) -> dict[str, float]:
    """Strict F1, precision and recall over all spans: right are those of the same start, end and label."""
    pairs = [({_place(span) for span in spans_of(value)}, {_place(span) for span in spans_of(true)})
             for value, true in zip(values, gold, strict=True)]  # fmt: skip
    right = sum(len(value & true) for value, true in pairs)
    return f1(right, sum(len(value) for value, _ in pairs), sum(len(true) for _, true in pairs))


def _place(span: dict[str, Any]) -> tuple[int, int, str]:
    return span["start"], span["end"], span["label"]


def _columns(value: Value) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return (
        np.array([span["start"] for span in value]),
        np.array([span["end"] for span in value]),
        np.array([span["label"] for span in value]),
    )


def _layers(spans: Spans, n_labels: int, overlap: str) -> tuple[list[list[int]], np.ndarray]:
    """The labels of each layer, and (S,) the layer of each span.

    There is one layer for all labels, one a label, or as many a label as an answer's spans lie deep.
    """
    if overlap == "none" or not n_labels:
        return [list(range(n_labels))], np.zeros(len(spans.label), dtype=np.int64)
    depth = _depth(spans) if overlap == "free" else np.zeros(len(spans.label), dtype=np.int64)
    one_a_label = [[label] for label in range(n_labels)]
    return one_a_label * (int(depth.max(initial=0)) + 1), depth * n_labels + spans.label


def _depth(spans: Spans) -> np.ndarray:
    """(S,) how many spans of the same answer and label lie above it; longer ones above, of those that begin alike."""
    depth = np.zeros(len(spans.label), dtype=np.int64)
    open_until: dict[tuple[int, int], list[int]] = {}
    order = np.lexsort((-spans.end, spans.start, spans.label, spans.answer))
    for place in order.tolist():
        ends = open_until.setdefault((int(spans.answer[place]), int(spans.label[place])), [])
        level = next((level for level, end in enumerate(ends) if end <= spans.start[place]), len(ends))
        ends[level : level + 1] = [int(spans.end[place])]
        depth[place] = level
    return depth


def _check_overlaps(answers: Answers, spans: Spans, layers: np.ndarray, overlap: str) -> None:
    order = np.lexsort((spans.start, layers, spans.answer))
    answer, layer = spans.answer[order], layers[order]
    same = (answer[1:] == answer[:-1]) & (layer[1:] == layer[:-1])
    wrong = np.flatnonzero(same & (spans.start[order][1:] < spans.end[order][:-1]))
    if wrong.size:
        first, second = order[wrong[0]], order[wrong[0] + 1]
        instead = "labels or free" if overlap == "none" else "free"
        raise WrongAnswer(
            int(answers.item[spans.answer[first]]),
            f"the spans {spans.start[first]} to {spans.end[first]} and "
            f"{spans.start[second]} to {spans.end[second]} of one answer overlap; allow it with overlap {instead}",
        )
