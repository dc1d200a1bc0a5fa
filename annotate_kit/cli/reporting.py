"""A report on a folder: one HTML file that needs nothing else, to send to somebody or to put beside the data."""

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from annotate_kit.aggregation import Result
from annotate_kit.cli import comparing, folders
from annotate_kit.cli.printing import Rows, cell
from annotate_kit.formats.datasets import peerannot
from annotate_kit.formats.datasets.peerannot import Folder

MOST_ROWS = 50
"""Rows of the tables of workers and of tasks, the first ones."""
STYLE = """
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums; }
th, td { padding: .2rem .8rem .2rem 0; border-bottom: 1px solid #8884; text-align: left; }
td.number, th.number { text-align: right; }
figure { margin: 1rem 0; }
figure, .table { overflow-x: auto; }
figure svg { color: inherit; }
@media (prefers-color-scheme: dark) { .bar { fill: #7fa8d3; } }
"""


def report(folder: Folder, strategies: Sequence[str], seed: int, out: Path) -> Rows:
    """Write the report; a row of what is in it."""
    votes = folders.votes_of(folder)
    auto = comparing.by_auto(votes, seed)
    names = folder.label_names or [str(label) for label in range(votes.n_labels)]
    strategy_rows = comparing.beside_auto(folder, strategies, seed, auto)
    task_rows, worker_rows = tasks(folder, auto, names), workers(folder, auto)
    described = [{"what": what, "value": value} for what, value in folders.describe(folder).items()]
    sections = [
        ("What there is", table(described)),
        ("Strategies side by side", table(strategy_rows)),
        ("Confusions and skill", f"<figure>{comparing.drawn(auto, votes.per_annotator, names)}</figure>"),
        ("Workers", noted(worker_rows, "the least skilled first") + table(worker_rows[:MOST_ROWS])),
        ("Tasks", noted(task_rows, "the least certain first, by `auto`") + table(task_rows[:MOST_ROWS])),
    ]
    if auto.together:
        sections.insert(4, ("Workers who make the same errors", table(together(auto))))
    peerannot.save_text(out, page(folder.metadata.name, sections))
    return [{"tasks": votes.n_items, "workers": votes.n_annotators, "strategies": len(strategy_rows), "out": str(out)}]


def workers(folder: Folder, auto: Result) -> Rows:
    """A row for each worker with votes: skill by `auto`, agreement with it, and with the truth where it is known."""
    votes = folders.votes_of(folder)
    labels = auto.labels()
    agrees = votes.label == labels[votes.item]
    right = np.zeros(len(votes), dtype=bool) if folder.truth is None else votes.label == folder.truth[votes.item]
    known = np.zeros(len(votes), dtype=bool) if folder.truth is None else folder.truth[votes.item] >= 0
    count, agreed, checked, correct = (
        np.bincount(votes.annotator[mask], minlength=votes.n_annotators)
        for mask in (np.ones(len(votes), dtype=bool), agrees, known, known & right)
    )
    rows = [
        {
            "worker": int(worker),
            "votes": int(count[worker]),
            "skill": round(float(auto.skill[worker]), 3),
            "as the consensus": round(float(agreed[worker] / count[worker]), 3),
            **({"right": _share(correct[worker], checked[worker])} if known.any() else {}),
        }
        for worker in np.flatnonzero(count)
    ]
    return sorted(rows, key=lambda row: row["skill"])


def tasks(folder: Folder, auto: Result, names: Sequence[str]) -> Rows:
    """A row for each task with votes: its votes, its label and how probable that is."""
    votes = folders.votes_of(folder)
    counts = np.zeros((votes.n_items, votes.n_labels), dtype=np.int64)
    np.add.at(counts, (votes.item, votes.label), 1)
    probability, labels = auto.beliefs.max(axis=1), auto.labels()
    rows = []
    for row in np.flatnonzero(votes.per_item)[np.argsort(probability[votes.per_item > 0], kind="stable")]:
        votes_of_row = [f"{counts[row, label]} × {names[int(label)]}" for label in np.flatnonzero(counts[row])]
        rows.append(
            {
                "task": int(folder.answers.keys[row]),
                "votes": ", ".join(votes_of_row),
                "label": _named(int(labels[row]), names),
                "probability": round(float(probability[row]), 3),
                **({} if folder.truth is None else {"truth": _named(int(folder.truth[row]), names)}),
            }
        )
    return rows


def _named(label: int, names: Sequence[str]) -> str | None:
    return names[label] if label >= 0 else None


def together(auto: Result) -> Rows:
    return [{"workers": f"{a} and {b}", "votes that one has from the other": f"{s:.0%}"} for a, b, s in auto.together]


def noted(rows: Rows, order: str) -> str:
    """Which of the rows are shown, in words."""
    shown = f"{MOST_ROWS} of {len(rows):,}" if len(rows) > MOST_ROWS else f"{len(rows):,}"
    return f"<p>{shown}, {order.replace('`auto`', '<code>auto</code>')}.</p>"


def table(rows: Rows) -> str:
    """The rows as an HTML table, numbers to the right."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    numeric = {name: all(isinstance(row.get(name), int | float | None) for row in rows) for name in columns}
    kind = {name: ' class="number"' if numeric[name] else "" for name in columns}
    head = "".join(f"<th{kind[name]}>{escape(name)}</th>" for name in columns)
    body = "".join(
        "<tr>" + "".join(f"<td{kind[name]}>{escape(cell(row.get(name)))}</td>" for name in columns) + "</tr>\n"
        for row in rows
    )
    rows_of_table = f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody>"
    return f'<div class="table" tabindex="0"><table>\n{rows_of_table}\n</table></div>'


def page(title: str, sections: Sequence[tuple[str, str]]) -> str:
    body = "\n".join(f"<h2>{escape(heading)}</h2>\n{content}" for heading, content in sections)
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
    return (
        f'<!doctype html>\n<html lang="en">\n<head>{head}<style>{STYLE}</style></head>\n'
        f"<body>\n<h1>{escape(title)}</h1>\n{body}\n</body>\n</html>\n"
    )


def _share(part: Any, whole: Any) -> float | None:
    return round(float(part / whole), 3) if whole else None
