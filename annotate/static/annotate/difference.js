/** What changes one text into another, word by word. Knows no document. */

const MOST_WORDS = 600; // beyond, the table of common words would take too long for a key press

/**
 * Stretches of the two texts in their order; white space belongs to the word before it.
 * @param {string} before
 * @param {string} after
 * @returns {{kind: "same" | "added" | "removed", text: string}[]}
 */
export function difference(before, after) {
  const [a, b] = [words(before), words(after)];
  if (a.length > MOST_WORDS || b.length > MOST_WORDS) return [{ kind: before === after ? "same" : "added", text: after }];
  const common = commonAfter(a, b);
  /** @type {{kind: "same" | "added" | "removed", text: string}[]} */
  const changes = [];
  const add = (/** @type {"same" | "added" | "removed"} */ kind, /** @type {string} */ text) => {
    const last = changes.at(-1);
    if (last?.kind === kind) last.text += text;
    else changes.push({ kind, text });
  };
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const [word, other] = [a[i], b[j]];
    if (word !== undefined && word === other) {
      add("same", word);
      i += 1;
      j += 1;
    } else if (word !== undefined && (other === undefined || at(common, i + 1, j) >= at(common, i, j + 1))) {
      add("removed", word);
      i += 1;
    } else if (other !== undefined) {
      add("added", other);
      j += 1;
    }
  }
  return changes;
}

/** @param {string} text */
function words(text) {
  return text.match(/\S+\s*|^\s+/g) ?? [];
}

/** How many words the rests of both have in common, from each pair of places on. @param {string[]} a @param {string[]} b */
function commonAfter(a, b) {
  const common = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      const longest = a[i] === b[j] ? at(common, i + 1, j + 1) + 1 : Math.max(at(common, i + 1, j), at(common, i, j + 1));
      /** @type {Uint16Array} */ (common[i])[j] = longest;
    }
  }
  return common;
}

/** @param {Uint16Array[]} table @param {number} i @param {number} j */
function at(table, i, j) {
  return table[i]?.[j] ?? 0;
}
