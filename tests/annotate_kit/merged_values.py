"""Answers of several people to merge, and the values in them."""

from annotate_kit.merging import Answers, Content

EXAMPLES = {
    "spans": [
        [{"start": 0, "end": 4, "label": "PER"}, {"start": 10, "end": 16, "label": "LOC"}],
        [{"start": 0, "end": 4, "label": "PER"}, {"start": 10, "end": 13, "label": "LOC"}],
        [{"start": 20, "end": 24, "label": "ORG"}],
        [],
    ],
    "boxes": [
        [{"box": [10, 10, 50, 40], "label": "car"}, {"box": [60.5, 10, 90, 40], "label": "bus"}],
        [{"box": [12, 9, 52, 41], "label": "car"}],
        [{"box": [0, 80, 10, 95], "label": "bus"}],
        [],
    ],
    "polygons": [
        [{"polygon": [[10, 10], [50, 10], [50, 40], [10, 40]], "label": "car"}],
        [{"polygon": [[12, 10], [50, 12], [48, 40]], "label": "car"}],
        [{"polygon": [[0, 80], [10, 80], [5, 95]], "label": "bus"}],
        [],
    ],
    "points": [
        [{"point": [10, 10], "label": "eye"}, {"point": [50, 50], "label": "nose"}],
        [{"point": [11, 10.5], "label": "eye"}],
        [{"point": [90, 5], "label": "eye"}],
        [],
    ],
    "lines": [
        [{"line": [[0, 0], [50, 50], [90, 50]], "label": "road"}],
        [{"line": [[90, 51], [51, 50], [1, 0]], "label": "road"}],
        [{"line": [[0, 90], [90, 95]], "label": "road"}],
        [],
    ],
    "keypoints": [
        [
            {"keypoints": {"head": [20, 10, 2], "tail": [60, 40, 1]}, "label": "cat"},
            {"keypoints": {"head": [80, 60, 2]}, "label": "dog"},
        ],
        [{"keypoints": {"head": [21, 10, 2], "tail": [60, 42, 2]}, "label": "cat"}],
        [{"keypoints": {"head": [5, 90, 2], "tail": [30, 95, 2]}, "label": "dog"}],
        [],
    ],
    "text": ["the cat sat on the mat", "the cat sat on a mat", "dogs", ""],
    "rating": [3, 3.5, 9, 0],
    "ranking": [[0, 1, 2, 3], [0, 2, 1, 3], [3, 2, 0, 1], [3, 2, 1, 0]],
}
CONTENT = Content(length=30, width=100, height=100, scale=10)


def answers(*of_items, content=CONTENT):
    """One list of values an item; the first value is of the first person, and so on."""
    triples = [(item, person, value) for item, values in enumerate(of_items) for person, value in enumerate(values)]
    item, annotator, values = zip(*triples, strict=True) if triples else ((), (), ())
    n_annotators = max((len(values) for values in of_items), default=0)
    return Answers(item, annotator, values, [content] * len(of_items), n_annotators)


def box(*corners, label="car"):
    return {"box": list(corners), "label": label}


def span(start, end, label="PER"):
    return {"start": start, "end": end, "label": label}
