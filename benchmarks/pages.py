"""Clicks that verifying by the page saves on real data, beside a click for each item, and the errors that it adds.

    python -m benchmarks.pages digits labelme --seeds 3 [--overlooked 0.1] [--tiles 24]

Items are answered one by one through the real queue, with a round after every batch of answers, on pages or one by one.
After each round a person verifies the pages that are offered, up to a batch of answers, through the functions of the
page: Enter is a click, and so is each tile that is relabelled, the known wrong one of a page too.
They overlook each wrong tile, the known wrong one of a page too, by chance. A dropped page is looked at again: Enter is
a click again, and each wrong tile that is not marked yet is overlooked or marked anew. It goes on until every item has
a label. All answers that are given one by one are right, so what is wrong in the end was added by the pages.

Needs the research data of ../shared/data (or ANNOTATE_DATA), and the built-in PostgreSQL or DATABASE_URL.
"""

import argparse
import os
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import clicks

BATCHES = {"digits": 20, "labelme": 50, "tweets8000": 400, "sms_spam": 100}
EXPLORE = 0.1  # the share of test items, by which pages are offered


@dataclass
class Tally:
    items: int = 0
    singles: int = 0
    pages: int = 0
    relabelled: int = 0
    dropped: int = 0
    wrong: int = 0

    @property
    def clicks(self) -> int:
        return self.singles + self.pages + self.relabelled

    @property
    def saving(self) -> float:
        return 1 - self.clicks / self.items

    @property
    def error(self) -> float:
        return self.wrong / self.items


def play(name: str, seed: int, overlooked: float, tiles: int) -> Tally:
    """Label one set to its end."""
    from learner.replay.playing import RECORDED, Plan, Player, remove, set_up

    recording = _recording(name)
    recording = recording.part(np.random.default_rng(seed).permutation(len(recording)))
    plan = Plan("auto", "auto", BATCHES[name], 1, "accuracy")
    project = set_up(recording, recording.labels(), plan, f"Benchmark of pages: {name}, seed {seed}")
    try:
        project.explore, project.page_tiles = EXPLORE, tiles
        project.save(update_fields=["explore", "page_tiles"])
        player = Player(project, recording, recording.part(np.arange(2)), plan)
        player.start()
        person = project.memberships.get(user__last_name=RECORDED).user
        return _label(player, person, Tally(len(recording)), overlooked, np.random.default_rng(seed))
    finally:
        remove(project.pk)


def _label(player: Any, person: Any, tally: Tally, overlooked: float, rng: np.random.Generator) -> Tally:
    gold = {row.external_id: row.gold for row in player.train.rows}
    on_pages = 0
    while (done := player.n_labels) < tally.items:
        missing = max(0, player.plan.batch - on_pages)
        player.step(min(done + missing, tally.items))
        tally.singles += player.n_labels - done
        on_pages = _verify(player, person, gold, tally, overlooked, rng)
    values = player.project.annotations.values_list("item__external_id", "value")
    tally.wrong = sum(gold[name] != value for name, value in values)
    return tally


def _verify(
    player: Any, person: Any, gold: dict[str, Any], tally: Tally, overlooked: float, rng: np.random.Generator
) -> int:
    """How many answers the pages brought that are offered, up to a batch: then the next round comes."""
    from annotate.pages.accepting import accept
    from annotate.pages.opening import open_page, tiles_of

    stored, page = 0, None
    while page or (stored < player.plan.batch and (page := open_page(player.project, person))):
        tiles = tiles_of(page)
        marks = {tile.place: tile.label.name for tile in tiles if tile.label}
        for tile in tiles:
            label = gold[tile.item.external_id]
            if label != page.label.name and not tile.label and rng.random() >= overlooked:
                marks[tile.place] = label
                tally.relabelled += 1
        outcome = accept(page, marks)
        stored += outcome.stored
        tally.pages += 1
        tally.dropped += outcome.status == "dropped"
        page = outcome.second_look
    return stored


def _recording(name: str) -> Any:
    from learner.replay.recording import read

    data = clicks.CASES[name].make()
    with tempfile.TemporaryDirectory() as folder:
        rows = clicks.written_rows(data.rows, Path(folder) / "rows.ndjson")
        vectors = None if data.vectors is None else clicks.written_vectors(data.vectors, Path(folder) / "vectors.npy")
        return read(Path(rows), None if vectors is None else Path(vectors))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="*", help=f"of {', '.join(BATCHES)}; all, if none is named")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--overlooked", type=float, default=0.1, help="the share of wrong tiles that a person misses")
    parser.add_argument("--tiles", type=int, default=24, help="items on a page, the known wrong one too; 6 to 48")
    options = parser.parse_args()
    if unknown := set(options.sets) - BATCHES.keys():
        parser.error(f"there is no set {min(unknown)!r}; there are {', '.join(BATCHES)}")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    print(
        "| set | seed | items | one by one | pages | relabelled | dropped | clicks saved | error added | s |",
        flush=True,
    )
    print("|---|---|---|---|---|---|---|---|---|---|", flush=True)
    for name in options.sets or BATCHES:
        for seed in range(options.first, options.first + options.seeds):
            began = time.monotonic()
            tally = play(name, seed, options.overlooked, options.tiles)
            counts = " | ".join(f"{count:,}" for key, count in asdict(tally).items() if key != "wrong")
            seconds = time.monotonic() - began
            print(
                f"| {name} | {seed} | {counts} | {tally.saving:.1%} | {tally.error:.2%} | {seconds:.0f} |", flush=True
            )


if __name__ == "__main__":
    main()
