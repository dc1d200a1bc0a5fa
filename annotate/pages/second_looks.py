"""A second look at a dropped page: the same items with their marks, and another one that is known to be wrong.

The tiles stand in a random order, so that neither it nor the place of the known wrong one tells which tile is new.
"""

from collections.abc import Sequence

import numpy as np

from annotate.models import Assignment, Page, Tile
from annotate.pages.offers import FEWEST_TILES
from annotate.pages.opening import drawn, known_wrong_item, numbered, renew, store, with_known_wrong


def open_second_look(dropped: Page, tiles: Sequence[Tile]) -> Page | None:
    """A page of those of these tiles whose items their person still holds; for whoever has the locks of all.

    None where these are too few, and after a second look: nobody gets the same items a third time at once.
    """
    leased = [tile for tile in tiles if tile.assignment and tile.assignment.status == Assignment.Status.LEASED]
    if dropped.second_look_of_id or len(leased) < FEWEST_TILES - 1:
        return None
    page = numbered(dropped.project, dropped.annotator, dropped.label_id)
    page.second_look_of = dropped
    item = known_wrong_item(page, former=dropped.tiles.get(assignment=None).item_id)
    if item is None:
        return None
    store(page, _in_new_order(page, with_known_wrong(page, _with_marks(page, leased), item)))
    return renew(page)


def _with_marks(page: Page, tiles: Sequence[Tile]) -> list[Tile]:
    """By their probability, as they were marked."""
    return [
        Tile(
            page=page,
            item_id=tile.item_id,
            probability=tile.probability,
            assignment_id=tile.assignment_id,
            marked=tile.marked,
            label_id=tile.label_id,
        )
        for tile in sorted(tiles, key=lambda tile: (tile.probability, tile.item_id))
    ]


def _in_new_order(page: Page, tiles: list[Tile]) -> list[Tile]:
    order = np.random.default_rng(drawn(page.pk)).permutation(len(tiles))
    return [tiles[number] for number in order]
