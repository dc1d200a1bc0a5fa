/**
 * What was said and is not yet known to have arrived: kept in IndexedDB, so that it survives a closed tab. What is on
 * its way into it lies in the pocket (localStorage), which is written at once: a key press need not wait for a disk.
 *
 * A letter is one request of the REST interface, made so that sending it twice does what sending it once does.
 *
 * @typedef {{key: string, at: number, person: number, item: number, assignment: number, method: string, path: string,
 *   body?: Record<string, unknown>}} Letter
 * @typedef {{durable: boolean, add(letter: Letter): Promise<void>, remove(letter: Letter): Promise<void>,
 *   all(): Promise<Letter[]>}} Outbox   `add` has put the letter in the pocket when it returns
 */

const STORE = "letters";
const POCKET = "annotate-pocket";

/** The outbox of this browser; where IndexedDB is refused, one that lasts as long as the page. @returns {Promise<Outbox>} */
export async function openOutbox(name = "annotate") {
  try {
    const outbox = kept(await opened(name));
    for (const letter of pocket()) await outbox.add(letter);
    return outbox;
  } catch {
    return fleeting();
  }
}

/** @param {IDBDatabase} db @returns {Outbox} */
function kept(db) {
  return {
    durable: true,
    async add(letter) {
      pocket((letters) => [...without(letters, letter), letter]);
      await changed(db, (store) => store.put(letter));
      pocket((letters) => without(letters, letter));
    },
    remove: ({ at, key }) => changed(db, (store) => store.delete([at, key])),
    all: () => answered(db.transaction(STORE).objectStore(STORE).getAll()),
  };
}

/** @returns {Outbox} */
export function fleeting() {
  /** @type {Map<string, Letter>} */
  const letters = new Map();
  return {
    durable: false,
    add: async (letter) => void letters.set(letter.key, letter),
    remove: async ({ key }) => void letters.delete(key),
    all: async () => [...letters.values()],
  };
}

/** What lies in the pocket, after a change if one is given. @param {(letters: Letter[]) => Letter[]} [change] @returns {Letter[]} */
function pocket(change) {
  try {
    const letters = JSON.parse(localStorage.getItem(POCKET) ?? "[]");
    if (!change) return letters;
    const left = change(letters);
    localStorage.setItem(POCKET, JSON.stringify(left));
    return left;
  } catch {
    return [];
  }
}

/** @param {Letter[]} letters @param {Letter} taken */
function without(letters, { key }) {
  return letters.filter((letter) => letter.key !== key);
}

/** @param {string} name @returns {Promise<IDBDatabase>} */
function opened(name) {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: ["at", "key"] });
  return answered(request);
}

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
function answered(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** Resolves once the change is committed. @param {IDBDatabase} db @param {(store: IDBObjectStore) => void} change @returns {Promise<void>} */
function changed(db, change) {
  return new Promise((resolve, reject) => {
    const transaction = db.transaction(STORE, "readwrite");
    transaction.oncomplete = () => resolve();
    transaction.onabort = transaction.onerror = () => reject(transaction.error);
    change(transaction.objectStore(STORE));
    transaction.commit();
  });
}
