/** Where shapes are, as numbers in the picture's pixels: values in, values out. */

/**
 * @typedef {[number, number]} Point
 * @typedef {any} Place   as the value has it: four sides, a point, or a list of points
 * @typedef {{key: string, noun: string, nouns: string, closed: boolean, corners: number, tools: string, insert?: boolean,
 *   outline(place: Place): Point[], place(points: Point[]): Place, valid(place: Place): boolean, handles(place: Place): Point[],
 *   dragged(place: Place, handle: number, to: Point): Place, nearest?(place: Place, pointer: Point | null, across: boolean): number}} Kind
 *   `corners`: so many points make the shape; 0 for as many as one likes. `dragged`: the place with a handle elsewhere
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

/** @param {Point[]} outline @param {Point} point */
export function contains(outline, [x, y]) {
  return sides(outline, true).filter(([[ax, ay], [bx, by]]) => ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax).length % 2 === 1;
}

/** Fewer points that stray less than `tolerance` from the line (Douglas and Peucker). @param {Point[]} line @param {number} tolerance @returns {Point[]} */
export function simplified(line, tolerance) {
  if (line.length < 3) return line;
  const ends = /** @type {[Point, Point]} */ ([line[0], line.at(-1)]);
  const strays = line.map((point) => apart(ends, point));
  const furthest = Math.max(...strays);
  const most = strays.indexOf(furthest);
  if (furthest <= tolerance) return ends;
  return [...simplified(line.slice(0, most + 1), tolerance).slice(0, -1), ...simplified(line.slice(most), tolerance)];
}

/** One of the 4 × 4 cells of a region. @param {number[]} region @param {number} cell */
export function cellOf([x0 = 0, y0 = 0, x1 = 0, y1 = 0], cell) {
  const [width, height, column, row] = [(x1 - x0) / 4, (y1 - y0) / 4, cell % 4, cell >> 2];
  return [x0 + column * width, y0 + row * height, x0 + (column + 1) * width, y0 + (row + 1) * height];
}

/** @param {Point[]} ring */
export function area(ring) {
  return Math.abs(sides(ring, true).reduce((sum, [[ax, ay], [bx, by]]) => sum + ax * by - bx * ay, 0)) / 2;
}

/** The corner nearest the pointer; without one the last that was drawn. @param {Point[]} corners @param {Point | null} pointer */
export function nearestCorner(corners, pointer) {
  if (!pointer) return corners.length - 1;
  const distances = corners.map(([x, y]) => Math.hypot(x - pointer[0], y - pointer[1]));
  return distances.indexOf(Math.min(...distances));
}
