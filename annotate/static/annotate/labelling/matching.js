/** Which labels somebody means who types a few letters, and which labels stand on the digits. Knows no document. */

/** Small letters without accents. @param {string} text */
export function plain(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

/**
 * How well a name fits: 0 it is that, 1 it begins so, 2 one of its words does, 3 so begin its words ("ht": Heavy Trucks),
 * 4 it is in there; null: not at all. Both are plain.
 * @param {string} name @param {string} query
 */
export function fit(name, query) {
  if (name === query) return 0;
  if (name.startsWith(query)) return 1;
  const words = name.split(/[^\p{L}\p{N}]+/u);
  if (words.some((word) => word.startsWith(query))) return 2;
  if (words.map((word) => word[0] ?? "").join("").startsWith(query)) return 3;
  return name.includes(query) ? 4 : null;
}

/** The same for a label that stands under another: "vehicles" and "vehicles tr" find its Trams. @param {string} group @param {string} name @param {string} query */
function fitOfGroup(group, name, query) {
  const rank = group && fit(`${group} ${name}`, query);
  return rank === "" || rank === null ? null : 5 + rank;
}

/**
 * The places of the names that fit, the best first; of two that fit as well, the one that was used later, then the earlier one.
 * @param {string[]} names plain
 * @param {string} query as typed
 * @param {(place: number) => number} recency higher: used later
 * @param {string[]} groups plain: what each stands under; a label is found by that too, after those found by their names
 */
export function matching(names, query, recency = () => 0, groups = []) {
  const typed = plain(query.trim());
  const fits = names.flatMap((name, place) => {
    const rank = fit(name, typed) ?? fitOfGroup(groups[place] ?? "", name, typed);
    return rank === null ? [] : [{ place, rank }];
  });
  fits.sort((a, b) => a.rank - b.rank || recency(b.place) - recency(a.place) || a.place - b.place);
  return fits.map(({ place }) => place);
}

/**
 * What stands on the digits after these were used: each stays where it is, and a new one takes the place of the one that was
 * used longest ago.
 * @param {string[]} slots names by place
 * @param {string[]} recent names, newest first; those just used lead
 */
export function placed(slots, recent) {
  const wanted = recent.slice(0, slots.length);
  const fresh = wanted.filter((name) => !slots.includes(name));
  return slots.map((name) => (wanted.includes(name) ? name : (fresh.shift() ?? name)));
}
