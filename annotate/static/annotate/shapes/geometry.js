/** Where shapes are, as numbers in the picture's pixels: values in, values out. */

/**
 * @typedef {[number, number]} Point
 * @typedef {any} Place   as the value has it: four sides, a point, a list of points, or joints by name
 * @typedef {{key: string, noun: string, nouns: string, closed: boolean, corners: number, insert?: boolean, named?: boolean,
 *   outline(place: Place): Point[], place(points: Point[]): Place, valid(place: Place): boolean, handles(place: Place): Point[],
 *   dragged(place: Place, handle: number, to: Point): Place, ends?: [number[], number[]],
 *   sides?(place: Place): [Point, Point][], figure?(place: Place, scale: number, color: string): SVGElement[],
 *   nameOf?(place: Place, handle: number): string}} Kind
 *   `corners`: so many points make the shape; 0 for as many as one likes. `dragged`: the place with a handle elsewhere.
 *   `ends`: the handles that arrows across and arrows up and down move; all of them unless told.
 *   `named`: handles are drawn by `figure` and called by `nameOf`; `sides`: what the pointer can touch, unless they are the outline's
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

/** @param {Point[]} ring */
export function area(ring) {
  return Math.abs(sides(ring, true).reduce((sum, [[ax, ay], [bx, by]]) => sum + ax * by - bx * ay, 0)) / 2;
}
