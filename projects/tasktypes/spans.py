"""Spans of a text: names, places, dates, marked where they stand; and relations between them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from django.http import QueryDict
from django.utils.safestring import SafeString
from numpy.typing import NDArray

from annotate_kit.agreement import Agreement
from annotate_kit.merging import spans as merging_of_spans
from annotate_kit.merging.spans import ends_of, is_relation, part_ends, relations_of, spans_of, with_relations

from . import _marked, _merged
from ._choices import unknown_label
from ._contract import Answers, Composed, Content, Floats, Part, Question, Spec

item_types = frozenset({"text"})
least_labels = 1
learner = "sequence"
entries = "spans"

MOST_SPANS = 2000
OVERLAPS = [("none", "None"), ("labels", "Spans of different labels"), ("free", "Any")]
SNAPS = [("word", "Whole words"), ("character", "Characters")]
RELATION = re.compile(r"(\d+)\s*(?:->|→)\s*(\d+)[\s:]+(\S.*)")
PLACE = re.compile(r"(\d+)\s*[-–,\s]\s*(\d+)[\s:]+(\S.*)")


@dataclass(frozen=True)
class Options:
    """How spans may lie, and how they are marked."""

    overlap: str = field(default="none", metadata={"choices": OVERLAPS, "help": "Which spans may overlap."})
    snap: str = field(
        default="word",
        metadata={"choices": SNAPS, "help": "What is marked by dragging; with Alt it is characters in any case."},
    )
    labels_required: bool = field(
        default=False, metadata={"label": "At least one span", "help": "On: a text without spans is no answer."}
    )

    relations: str = field(
        default="",
        metadata={
            "label": "Relations",
            "help": "Labels of relations between two spans, with commas between: works for, born in. Empty: none.",
        },
    )

    @property
    def relation_labels(self) -> list[str]:
        return list(dict.fromkeys(name for part in self.relations.split(",") if (name := part.strip())))

    def __post_init__(self) -> None:
        for name, allowed in (("overlap", OVERLAPS), ("snap", SNAPS)):
            if getattr(self, name) not in (names := [key for key, _ in allowed]):
                raise ValueError(f"{name} must be one of {', '.join(names)}; it is {getattr(self, name)!r}")


def clean(value: Any, spec: Spec, content: Content | None = None) -> Any:
    """The spans sorted, each once, in code points. {"quote", "label"} stands for the next place with these words.

    With relations it is {"spans", "relations"}, as `annotate_kit.merging.spans` has it.
    """
    if isinstance(value, dict) and isinstance(value.get("spans"), list):
        value = {**value, "spans": _placed(value["spans"], content)}
    cleaned = _merged.clean("spans", _placed(value, content), content)
    _check_spans(spans_of(cleaned), spec)
    _check_relations(relations_of(cleaned), spec.options.relation_labels)
    return cleaned


def _check_relations(relations: Sequence[Mapping[str, Any]], labels: Sequence[str]) -> None:
    for relation in relations:
        if relation["label"] not in labels:
            known = f"relations are {', '.join(labels)}" if labels else "the project has no relations (its options)"
            raise ValueError(f"there is no relation {relation['label']!r}; {known}")


def _check_spans(spans: Sequence[Mapping[str, Any]], spec: Spec) -> None:
    for span in spans:
        if span["label"] not in spec.labels:
            raise unknown_label(span["label"], spec)
    if len(spans) > MOST_SPANS:
        raise ValueError(f"an answer has at most {MOST_SPANS:,} spans; these are {len(spans):,}")
    if spec.options.labels_required and not spans:
        raise ValueError("at least one span is needed")
    _check_overlaps(spans, spec.options.overlap)


def _placed(value: Any, content: Content | None) -> Any:
    """Quotes are looked up in the text, one behind the other where the same words come again."""
    if not isinstance(value, list) or not any(isinstance(span, dict) and "quote" in span for span in value):
        return value
    if content is None or content.text is None:
        raise ValueError("quoted words can only be looked up in a text; give start and end")
    placed: list[Any] = []
    behind: dict[str, int] = {}
    for span in value:
        if isinstance(span, dict) and "quote" in span:
            quote = str(span["quote"])
            start = content.text.find(quote, behind.get(quote, 0))
            if start < 0 or not quote:
                again = "only as often as it was quoted before" if quote in behind else "nowhere"
                raise ValueError(f"the text has {quote!r} {again}; quote it as it stands there")
            behind[quote] = start + len(quote)
            span = {**span, "start": start, "end": start + len(quote)}
            del span["quote"]
        placed.append(span)
    return placed


def _check_overlaps(spans: Sequence[Mapping[str, Any]], overlap: str) -> None:
    if overlap == "free":
        return
    layers = {span["label"] if overlap == "labels" else None for span in spans}
    for layer in layers:
        for former, span in pairwise([span for span in spans if layer is None or span["label"] == layer]):
            if span["start"] < former["end"]:
                where = f"{former['start']} to {former['end']} and {span['start']} to {span['end']}"
                of_label = "" if layer is None else f" of {layer}"
                raise ValueError(f"the spans{of_label} {where} overlap, which this project does not allow")


def from_form(form: QueryDict, spec: Spec) -> Any:
    """A span a line: start, end and label, or a label and the words: "0 5 Person" or "Person: Alice".

    "1 -> 2 works for" is a relation from the span of the first line to that of the second.
    """
    if "spans" not in form:
        return None
    lines = [line.strip() for line in str(form["spans"]).splitlines() if line.strip()]
    related = [match for line in lines if (match := RELATION.fullmatch(line))]
    spans = [_span_of(line, spec) for line in lines if not RELATION.fullmatch(line)]
    if not related:
        return spans
    numbered = [{"id": number, **span} for number, span in enumerate(spans, 1)]
    return {
        "spans": numbered,
        "relations": [{"from": int(match[1]), "to": int(match[2]), "label": match[3]} for match in related],
    }


def _span_of(line: str, spec: Spec) -> dict[str, Any]:
    if match := PLACE.fullmatch(line):
        return {"start": int(match[1]), "end": int(match[2]), "label": match[3]}
    label = max((name for name in spec.labels if line.startswith(f"{name}:")), key=len, default=None)
    if label is None:
        example = spec.labels[0] if spec.labels else "Person"
        raise ValueError(f'a line is "0 5 {example}" or "{example}: the words"; this is {line!r}')
    return {"quote": line[len(label) + 1 :].strip(), "label": label}


def example(spec: Spec) -> list[dict[str, Any]]:
    return [{"start": 0, "end": 2, "label": name} for name in spec.labels[:1]]


def parts(value: Any) -> list[Part]:
    if not isinstance(value, list | dict):
        return []
    spans = [span for span in spans_of(value) if isinstance(span, dict) and not is_relation(span)]
    return [Part(span["label"], (span["start"], span["end"])) for span in spans]


def rebuild(value: Any, parts: Sequence[Part]) -> Any:
    """Relations of `value` stay where both ends do: by their number, else by their place."""
    if any(part.place is None for part in parts):
        raise ValueError("a span has a start and an end; a label alone is none")
    ends = [(*part.place, part.label) for part in parts]
    spans = [{"start": start, "end": end, "label": label} for start, end, label in sorted(set(ends))]
    before = spans_of(value)
    if len(before) == len(ends):
        now = dict(enumerate(ends))
    else:
        by_place = {end[:2]: end for end in ends}
        now = {n: by_place[place] for n, row in enumerate(before) if (place := (row["start"], row["end"])) in by_place}
    related = [row for row in relations_of(value) if row["from"] in now and row["to"] in now]
    return with_relations(spans, [(now[row["from"]], now[row["to"]], row["label"]) for row in related])


def drafted(entries: list[dict[str, Any]], value: Any, parts: Sequence[Mapping[str, Any]]) -> Any:
    """The spans of a draft with the relations of the consensus that is `value`, and with those that it leaves out.

    Each has its probability where people voted on it; what is left out is a suggestion.
    """
    places = {(span["start"], span["end"], span["label"]): place for place, span in enumerate(entries)}
    probabilities = {part_ends(part): part["probability"] for part in parts if is_relation(part)}
    chosen = ends_of(value)
    rows = [
        {"from": places[start], "to": places[end], "label": label}
        | ({"probability": probabilities[start, end, label]} if (start, end, label) in probabilities else {})
        | ({} if (start, end, label) in chosen else {"suggested": True})
        for start, end, label in dict.fromkeys([*chosen, *probabilities])
        if start in places and end in places
    ]
    if not rows:
        return entries
    return {"spans": [{**span, "id": place} for place, span in enumerate(entries)], "relations": rows}


def distance(a: Any, b: Any, content: Content | None = None) -> float:
    """1 − soft F1 of the spans."""
    return _merged.distance("spans", a, b, content)


def agreement(answers: Answers) -> dict[str, Agreement]:
    return _merged.agreement("spans", answers)


def agreement_of_pairs(answers: Answers) -> tuple[Floats, NDArray[np.int64]]:
    return _merged.agreement_of_pairs("spans", answers)


def questions(answers: Answers, spec: Spec) -> list[Question]:
    """One over all labels of each atom of the texts; or, where labels overlap, one a label."""
    return _merged.questions("spans", answers, _settings(spec))


def compose(answers: Answers, probabilities: Sequence[Floats], spec: Spec) -> Composed:
    """The most probable spans. An only answer stands, whoever gave it."""
    composed = _merged.compose("spans", answers, probabilities, _settings(spec))
    alone = answers.only_value.tolist()
    values = [
        value if number < 0 else answers.values[number] for value, number in zip(composed.values, alone, strict=True)
    ]
    return Composed(values, composed.probabilities, composed.confidence, composed.parts, composed.disagreement)


def _settings(spec: Spec) -> merging_of_spans.Options:
    return merging_of_spans.Options(overlap=spec.options.overlap, labels=spec.labels)


def draw(value: Any, content: Content | None, spec: Spec) -> SafeString:
    return _marked.draw(value, content.text if content else None, spec)


def draw_probabilities(probabilities: Mapping[str, float], spec: Spec) -> SafeString:
    return SafeString("")


def draw_parts(parts: Sequence[Mapping[str, Any]], value: Any, content: Content | None, spec: Spec) -> SafeString:
    return _marked.draw_parts(parts, value, content.text if content else None, spec)
