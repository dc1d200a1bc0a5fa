/**
 * A page of items of one predicted label and what is marked on it. Knows no document and no network.
 *
 * @typedef {import("../labelling/state.js").Item} Item
 * @typedef {{place: number, item: Item, probability: number, marked: boolean, label: string | null}} Tile
 * @typedef {{id: number, label: string, caution: number, second_look_of: number | null, tiles: Tile[]}} PageOfTiles
 */

export class Marks {
  /** The right label of what is wrong, null where it is left to others. @type {Map<number, string | null>} */
  wrong = new Map();
  /** Whether the person has marked or unmarked something since the page came. */
  touched = false;

  /** @param {PageOfTiles} page */
  constructor(page) {
    this.page = page;
    for (const { place, marked, label } of page.tiles) if (marked) this.wrong.set(place, label);
  }

  /** Cross a tile out, or unmark it. @param {number} place */
  toggle(place) {
    this.touched = true;
    if (!this.wrong.delete(place)) this.wrong.set(place, null);
  }

  /** @param {number} place @param {string | null} label null: it is only known to be wrong */
  set(place, label) {
    this.touched = true;
    if (label === this.page.label) this.wrong.delete(place);
    else this.wrong.set(place, label);
  }

  get accepted() {
    return this.page.tiles.length - this.wrong.size;
  }

  get relabelled() {
    return [...this.wrong.values()].filter((label) => label !== null).length;
  }

  get crossed() {
    return this.wrong.size - this.relabelled;
  }

  /** How many of the accepted tiles are expected to be wrong, with a 95 % interval. */
  get expected() {
    const chances = this.page.tiles.flatMap(({ place, probability }) => (this.wrong.has(place) ? [] : 1 - probability));
    return {
      mean: chances.reduce((sum, chance) => sum + chance, 0),
      low: quantile(chances, 0.025),
      high: quantile(chances.map((chance) => Math.min(1, chance * this.page.caution)), 0.975),
    };
  }
}

/**
 * Of the number of events that happen, each by its own chance: the quantile of the Poisson binomial distribution.
 * @param {number[]} chances @param {number} share
 */
export function quantile(chances, share) {
  let counts = [1];
  for (const chance of chances) {
    counts = [...counts, 0].map((odds, n) => odds * (1 - chance) + (counts[n - 1] ?? 0) * chance);
  }
  let below = 0;
  for (const [n, odds] of counts.entries()) if ((below += odds) >= share - 1e-9) return n;
  return chances.length;
}

/** The tile that an arrow key leads to. @param {number} from @param {string} key @param {number} columns @param {number} count */
export function neighbour(from, key, columns, count) {
  const steps = /** @type {Record<string, number>} */ ({ ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns });
  const to = from + (steps[key] ?? 0);
  return to >= 0 && to < count ? to : from;
}
