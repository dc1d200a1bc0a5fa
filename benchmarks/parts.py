"""Spans, boxes and texts of real crowds: how good merged values are, what the CRF costs, and whether its order pays.

    python benchmarks/parts.py ../shared/data

Without a database and without a browser. The folders are crowd_ner (whose annotators marked `masked_gold` are left out:
they copy the known values), crowd_boxes (five answers a picture) and translations.
"""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import orjson

sys.path[0] = str(Path(__file__).parents[1])  # not this folder, whose queue.py would stand for the one of Python

from annotate_kit import merging  # noqa: E402
from annotate_kit.learners import sequence  # noqa: E402
from annotate_kit.learners._tokens import sentences  # noqa: E402
from annotate_kit.merging import Answers, Content  # noqa: E402

BUDGETS = (1000, 2000, 4000, 8000)
"""Tokens read, at which the orders are compared."""
STEP = 1.25
"""A round whenever so many times the tokens are read."""
FIRST = 500
SEEDS = 3
SENTENCES = 3000

Annotations = list[dict[str, Any]]
Sentence = tuple[str, Annotations]


def main(data: Path) -> None:
    spans(data / "crowd_ner" / "val.ndjson")
    boxes(data / "crowd_boxes" / "images.ndjson")
    texts(data / "translations" / "jp_en.ndjson")
    by_line = list(lines(rows_of(data / "crowd_ner" / "val.ndjson")))
    cost_of_a_round(by_line)
    orders(by_line)


def spans(path: Path) -> None:
    answers, gold = read(path, "spans", lambda annotations: [a for a in annotations if not a.get("masked_gold")])
    print(f"spans: {len(gold)} texts, {len(answers.values)} answers")
    for method in ("majority_vote", "dawid_skene", "auto"):
        began = time.perf_counter()
        values = [merged.value for merged in merging.merge("spans", answers, method)]
        seconds = time.perf_counter() - began
        figures = merging.registry.load("spans").score(values, gold, answers.contents)
        print(f"  strict F1 over atoms, {method:<14}{100 * figures['f1']:6.1f} %  {seconds:6.2f} s")


def boxes(path: Path) -> None:
    answers, gold = read(path, "boxes", lambda annotations: annotations[:5])
    print(f"boxes: {len(gold)} pictures, {len(answers.values)} answers")
    for name, quorum in (("a third", merging.options("boxes").quorum), ("half", 0.5)):
        began = time.perf_counter()
        values = [merged.value for merged in merging.merge("boxes", answers, quorum=quorum)]
        seconds = time.perf_counter() - began
        figures = merging.registry.load("boxes").score(values, gold, answers.contents)
        f1, iou = 100 * figures["f1"], figures["mean_iou"]
        print(f"  quorum {name:<8} F1 at .5 {f1:5.1f} %, mean IoU {iou:.3f}  {seconds:6.2f} s")


def texts(path: Path) -> None:
    answers, gold = read(path, "text", lambda annotations: annotations)
    score = merging.registry.load("text").score
    values = [merged.value for merged in merging.merge("text", answers)]
    print(f"texts: {len(gold)} sentences, {len(answers.values)} answers")
    print(f"  similarity of the merged text {score(values, gold, answers.contents)['similarity']:.3f}")
    everybody = similarity(answers, gold, range(len(answers.values)))
    print(f"  of all answers {everybody:.3f}")
    for least in (5, 10, 20):
        print(f"  of the best person with {least} answers or more {best_person(answers, gold, least)}")


def best_person(answers: Answers, gold: Sequence[Any], least: int) -> str:
    """Their mean similarity, and that of the merged texts of the very same sentences."""
    numbers = [np.flatnonzero(answers.annotator == person) for person in range(answers.n_annotators)]
    scored = [(similarity(answers, gold, own), own) for own in numbers if len(own) >= least]
    if not scored:
        return "is nobody"
    best, own = max(scored, key=lambda pair: pair[0])
    merged = merging.merge("text", answers)
    items = np.unique(answers.item[own])
    values, true = [merged[item].value for item in items], [gold[item] for item in items]
    there = merging.registry.load("text").score(values, true, [answers.contents[item] for item in items])["similarity"]
    return f"{best:.3f} in {len(own)} answers; the merged texts there {there:.3f}"


def similarity(answers: Answers, gold: Sequence[Any], numbers: Any) -> float:
    items = [int(answers.item[number]) for number in numbers]
    values, true = [answers.values[number] for number in numbers], [gold[item] for item in items]
    figures = merging.registry.load("text").score(values, true, [answers.contents[item] for item in items])
    return float(figures["similarity"])


def cost_of_a_round(by_line: Sequence[Sentence]) -> None:
    """Fit on all sentences, predict all of them: what a round does beside the database."""
    chosen = list(by_line)[:SENTENCES]
    began = time.process_time()
    model = sequence.fit([text for text, _ in chosen], [value for _, value in chosen])
    fitted = time.process_time()
    sequence.predict(model, [text for text, _ in chosen])
    done = time.process_time()
    print(f"CRF on {len(chosen):,} sentences: fit {fitted - began:.1f} s, predict {done - fitted:.1f} s of CPU")


def orders(by_line: Sequence[Sentence]) -> None:
    """Strict F1 on the other half of the sentences, by tokens read; means over seeds."""
    print(f"order: strict F1 after so many tokens read, mean of {SEEDS} seeds")
    print("  " + " " * 10 + "".join(f"{budget:>8,}" for budget in BUDGETS))
    for name, is_random in (("random", True), ("MNLP", False)):
        curves = [_curve(by_line, np.random.default_rng(seed), is_random) for seed in range(SEEDS)]
        print(f"  {name:<10}" + "".join(f"{100 * figure:8.1f}" for figure in np.mean(curves, axis=0)))


def _curve(by_line: Sequence[Sentence], rng: np.random.Generator, is_random: bool) -> list[float]:
    order = rng.permutation(len(by_line))
    test, pool = ([by_line[n] for n in half] for half in np.array_split(order, 2))
    sizes = np.array([sum(map(len, sentences(text))) for text, _ in pool])
    rank = np.arange(len(pool))
    read_so_far: list[int] = []
    figures, next_round = [], float(FIRST)
    for budget in BUDGETS:
        while True:
            goal = min(next_round, budget)
            _read_on(read_so_far, rank, sizes, goal)
            model = _fitted([pool[n] for n in read_so_far])
            if goal == budget:
                break
            if not is_random:
                scores = np.array([prediction.score for prediction in sequence.predict(model, [t for t, _ in pool])])
                rank = np.argsort(-scores, kind="stable")
            next_round *= STEP
        figures.append(_strict_f1(model, test))
    return figures


def _read_on(read_so_far: list[int], rank: Any, sizes: Any, goal: float) -> None:
    known, tokens = set(read_so_far), int(sizes[read_so_far].sum()) if read_so_far else 0
    for number in rank.tolist():
        if tokens >= goal:
            return
        if number not in known:
            read_so_far.append(number)
            tokens += int(sizes[number])


def _fitted(chosen: Sequence[Sentence]) -> bytes:
    return sequence.fit([text for text, _ in chosen], [value for _, value in chosen])


def _strict_f1(model: bytes, test: Sequence[Sentence]) -> float:
    values = [prediction.value for prediction in sequence.predict(model, [text for text, _ in test])]
    gold, contents = [value for _, value in test], [Content(length=len(text)) for text, _ in test]
    return float(merging.registry.load("spans").score(values, gold, contents)["f1"])


def lines(rows: Sequence[dict[str, Any]]) -> Iterator[Sentence]:
    """Every line of the texts with its known spans, as an item of its own."""
    for row in rows:
        start = 0
        for line in row["text"].splitlines(keepends=True):
            end = start + len(line)
            inside = [span for span in row["gold"] if start <= span["start"] and span["end"] <= end]
            moved = [{**span, "start": span["start"] - start, "end": span["end"] - start} for span in inside]
            if line.strip():
                yield line, moved
            start = end


def rows_of(path: Path) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in path.read_bytes().splitlines()]


def read(path: Path, kind: str, counted: Callable[[Annotations], Annotations]) -> tuple[Answers, list[Any]]:
    """The answers that count, and the known values."""
    rows, clean, people = rows_of(path), merging.registry.load(kind).clean, dict[str, int]()
    contents = [Content(length=len(row["text"]) if "text" in row else None) for row in rows]
    answers = [
        (number, people.setdefault(each["annotator"], len(people)), clean(each["value"], contents[number]))
        for number, row in enumerate(rows)
        for each in counted(row["annotations"])
    ]
    item, annotator, values = zip(*answers, strict=True)
    gold = [clean(row["gold"], contents[number]) for number, row in enumerate(rows)]
    return Answers(np.array(item), np.array(annotator), list(values), contents, len(people)), gold


if __name__ == "__main__":
    main(Path(sys.argv[1] if sys.argv[1:] else "../shared/data"))
