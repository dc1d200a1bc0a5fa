/** Where shapes are, as numbers in the picture's pixels: values in, values out. */

/**
 * @typedef {[number, number]} Point
 * @typedef {any} Place   as the value has it: four sides, a point, or a list of points
 * @typedef {{key: string, noun: string, nouns: string, closed: boolean, corners: number, insert?: boolean,
 *   outline(place: Place): Point[], place(points: Point[]): Place, valid(place: Place): boolean, handles(place: Place): Point[],
 *   dragged(place: Place, handle: number, to: Point): Place, ends?: [number[], number[]]}} Kind
 *   `corners`: so many points make the shape; 0 for as many as one likes. `dragged`: the place with a handle elsewhere.
 *   `ends`: the handles that arrows across and arrows up and down move; all of them unless told
 */

export const round = (/** @type {number} */ n) => Math.round(10 * n) / 10;

/** @param {Point[]} points @returns {[number, number, number, number]} */
export function bounds(points) {
  const [x, y] = [points.map(([x]) => x), points.map(([, y]) => y)];
  return [Math.min(...x), Math.min(...y), Math.max(...x), Math.max(...y)];
}

/** @param {Point} point @param {Point} size @returns {Point} */
export function within([x, y], [width, height]) {
  return [round(Math.min(Math.max(x, 0), width)), round(Math.min(Math.max(y, 0), height))];
}

/** The place moved, as far as it stays on the picture. @param {Place} place @param {Point} by @param {Point[]} outline @param {Point} size */
export function moved(place, by, outline, size) {
  const [x0, y0, x1, y1] = bounds(outline);
  const dx = Math.min(Math.max(by[0], -x0), size[0] - x1);
  const dy = Math.min(Math.max(by[1], -y0), size[1] - y1);
  const shift = (/** @type {Place} */ part) =>
    Array.isArray(part[0]) ? part.map(shift) : part.map((/** @type {number} */ n, /** @type {number} */ i) => round(n + (i % 2 ? dy : dx)));
  return shift(place);
}

/** The sides of an outline, as pairs of points. @param {Point[]} outline @param {boolean} closed @returns {[Point, Point][]} */
export function sides(outline, closed) {
  const begins = closed || outline.length === 1 ? outline : outline.slice(0, -1);
  return begins.map((begin, i) => [begin, outline[i + 1] ?? outline[0] ?? begin]);
}

/** How far a point is from the line between two. @param {[Point, Point]} side @param {Point} point */
export function apart([[ax, ay], [bx, by]], [x, y]) {
  const [dx, dy] = [bx - ax, by - ay];
  const along = Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1)));
  return Math.hypot(ax + along * dx - x, ay + along * dy - y);
}

/** The nearest side and how far it is. @param {Point[]} outline @param {boolean} closed @param {Point} point */
export function nearestSide(outline, closed, point) {
  const distances = sides(outline, closed).map((side) => apart(side, point));
  const distance = Math.min(...distances);
  return { side: distances.indexOf(distance), distance };
}

/** @param {Point[]} ring */
export function area(ring) {
  return Math.abs(sides(ring, true).reduce((sum, [[ax, ay], [bx, by]]) => sum + ax * by - bx * ay, 0)) / 2;
}
