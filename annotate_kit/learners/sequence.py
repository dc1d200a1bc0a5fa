"""Spans of text by a conditional random field.

A token is seen by its word, its shape and its ends, by those of its neighbours, two on either side, and by what stands
beside the word elsewhere in the text. The score is
MNLP, minus the mean log-probability a token of the best labels, so that long texts are not asked for because they are
long: compare it at equal numbers of tokens read.

J. Lafferty, A. McCallum, F. Pereira (2001), Conditional random fields. Y. Shen and others (2018), Deep active learning
for named entity recognition (MNLP). N. Okazaki (2007), CRFsuite.
"""

import math
import re
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from annotate_kit.merging.spans import spans_of

from ._contract import Prediction
from ._tokens import Token, labelled, runs, sentences

takes = "texts"

ITERATIONS = 50
L2 = 0.1
"""Penalty of large weights."""
LEAST = 1e-300
AROUND = (-2, -1, 1, 2)
EDGE = ("edge",)
MOST_ELSEWHERE = 6
"""Other occurrences of a word that are looked at."""


def lacking(values: Sequence[Any]) -> str:
    """What must be there before anything can be learned; nothing where it is."""
    return "" if any(values) else "at least one item with parts"


def fit(contents: Sequence[str], values: Sequence[Any], weights: Sequence[float] | None = None) -> bytes:
    """Learn from texts and their spans, `[{"start", "end", "label"}, …]`. ValueError without a single token."""
    crfsuite = _crfsuite()
    trainer = crfsuite.Trainer(algorithm="lbfgs", verbose=False)
    trainer.set_params({"c2": L2, "max_iterations": ITERATIONS})
    learned = False
    for n, (text, spans) in enumerate(zip(contents, values, strict=True)):
        if spans is None or (weights is not None and not weights[n] > 0):
            continue
        of_text = sentences(text)
        for sentence, seen in zip(of_text, features(of_text), strict=True):
            trainer.append(seen, labelled(sentence, spans_of(spans)))
            learned = True
    if not learned:
        raise ValueError("there is nothing to learn from: no text with a value has a single word")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.crfsuite"
        trainer.train(str(path))
        return path.read_bytes()


def predict(model: bytes, contents: Sequence[str]) -> list[Prediction]:
    """The most probable spans of each text; a part is as probable as its least sure token."""
    tagger = _crfsuite().Tagger()
    tagger.open_inmemory(model)
    return [_predict_one(tagger, text) for text in contents]


def _predict_one(tagger: Any, text: str) -> Prediction:
    parts: list[dict[str, Any]] = []
    log_probability, n_tokens = 0.0, 0
    of_text = sentences(text)
    for sentence, seen in zip(of_text, features(of_text), strict=True):
        tagger.set(seen)
        labels = tagger.tag()
        log_probability += math.log(max(tagger.probability(labels), LEAST))
        n_tokens += len(sentence)
        for first, behind, name in runs(labels):
            sure = min(tagger.marginal(labels[n], n) for n in range(first, behind))
            place = {"start": sentence[first].start, "end": sentence[behind - 1].end, "label": name}
            parts.append({**place, "probability": min(sure, 1.0)})
    value = [{name: part[name] for name in ("start", "end", "label")} for part in parts]
    return Prediction(value, parts, -log_probability / max(n_tokens, 1))


def features(of_text: Sequence[Sequence[Token]]) -> list[list[list[str]]]:
    """What is seen of each token of each sentence, as names of what is there."""
    elsewhere = _Elsewhere(of_text)
    seen = [_features_within(sentence) for sentence in of_text]
    for n, sentence in enumerate(of_text):
        for m, names in enumerate(seen[n]):
            names += elsewhere.seen(n, m, sentence[m].text)
    return seen


class _Elsewhere:
    """What stands beside a word where it occurs again in the same text: "Smith" behind "Mr." is a person all over it.

    H. L. Chieu, H. T. Ng (2002), Named entity recognition: a maximum entropy approach using global information.
    """

    def __init__(self, of_text: Sequence[Sequence[Token]]) -> None:
        self.of_text = of_text
        self.places: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for n, sentence in enumerate(of_text):
            for m, token in enumerate(sentence):
                self.places[token.text.lower()].append((n, m))

    def seen(self, n: int, m: int, word: str) -> list[str]:
        if len(word) < 2 or not word[0].isalpha():
            return []
        others = [place for place in self.places[word.lower()] if place != (n, m)][:MOST_ELSEWHERE]
        names = {name for place in others for name in self._around(*place)}
        return [f"again={min(len(others), 3)}", *sorted(names)]

    def _around(self, n: int, m: int) -> Iterator[str]:
        sentence = self.of_text[n]
        first = "" if m else "^"
        yield f"as={short_shape(sentence[m].text)}{first}"
        for name, there in (("behind", m - 1), ("before", m + 1)):
            if 0 <= there < len(sentence):
                yield f"{name}={sentence[there].text.lower()}"
                yield f"{name}s={short_shape(sentence[there].text)}"
            else:
                yield f"{name}=edge"


def _features_within(sentence: Sequence[Token]) -> list[list[str]]:
    near = [_seen_from_afar(token.text) for token in sentence]
    seen = []
    for n, token in enumerate(sentence):
        names = list(_seen(token.text))
        for by in AROUND:
            names += [f"{by}{name}" for name in (near[n + by] if 0 <= n + by < len(sentence) else EDGE)]
        seen.append(names)
    return seen


@lru_cache(maxsize=2**16)
def _seen(word: str) -> tuple[str, ...]:
    lower = word.lower()
    ends = (end for k in (1, 2, 3, 4) if len(word) > k for end in (f"p={word[:k]}", f"e={lower[-k:]}"))
    return ("bias", f"w={lower}", f"W={word}", f"s={shape(word)}", f"S={short_shape(word)}", *ends)


@lru_cache(maxsize=2**16)
def _seen_from_afar(word: str) -> tuple[str, ...]:
    return f"w={word.lower()}", f"s={shape(word)}"


def shape(word: str) -> str:
    """The word with X for a capital, x for another character, 9 for a digit: "McCoy9" is XxXxx9."""
    return re.sub(r"\d", "9", re.sub(r"[^\W\d_]", lambda match: "X" if match[0].isupper() else "x", word))


@lru_cache(maxsize=2**16)
def short_shape(word: str) -> str:
    """The shape with repeats taken together: XxXx9."""
    return re.sub(r"(.)\1+", r"\1", shape(word))


def _crfsuite() -> Any:
    try:
        import pycrfsuite
    except ImportError:
        raise ImportError("sequence needs python-crfsuite: pip install 'annotate-kit[sequence]'") from None
    return pycrfsuite
