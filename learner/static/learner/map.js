/**
 * The map of the items is one stop of the Tab key, and arrows go on to the nearest dot. Without this script each dot is
 * a stop of its own.
 */

const map = document.querySelector(".map");
const dots = [...(map?.querySelectorAll("a") ?? [])].map((link) => {
  const circle = /** @type {SVGCircleElement} */ (link.querySelector("circle"));
  return {link, x: circle.cx.baseVal.value, y: circle.cy.baseVal.value};
});
const DIRECTIONS = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]};

/** @param {SVGAElement} link */
function makeStop(link) {
  for (const dot of dots) dot.link.setAttribute("tabindex", dot.link === link ? "0" : "-1");
}

map?.addEventListener("keydown", (event) => {
  const {key} = /** @type {KeyboardEvent} */ (event);
  const direction = DIRECTIONS[/** @type {keyof typeof DIRECTIONS} */ (key)];
  const here = dots.find(({link}) => link === document.activeElement);
  if (!direction || !here) return;
  event.preventDefault();
  const [across = 0, down = 0] = direction;
  let best = null;
  let least = Infinity;
  for (const dot of dots) {
    const ahead = (dot.x - here.x) * across + (dot.y - here.y) * down;
    const aside = Math.abs((dot.x - here.x) * down) + Math.abs((dot.y - here.y) * across);
    if (ahead > 0 && ahead + 3 * aside < least) [best, least] = [dot, ahead + 3 * aside];
  }
  best?.link.focus();
});
map?.addEventListener("focusin", ({target}) => makeStop(/** @type {SVGAElement} */ (target)));

const first = dots.find(({link}) => link.classList.contains("chosen")) ?? dots[0];
if (first) makeStop(first.link);
