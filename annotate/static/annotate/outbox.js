/**
 * What was said and is not yet known to have arrived: kept in IndexedDB, so that it survives a closed tab.
 *
 * A letter is one request of the REST interface, made so that sending it twice does what sending it once does.
 *
 * @typedef {{person: number, item: number, assignment: number, method: string, path: string,
 *   body?: Record<string, unknown>, seq?: number}} Letter
 * @typedef {{durable: boolean, add(letter: Letter): Promise<void>, remove(letter: Letter): Promise<void>,
 *   all(): Promise<Letter[]>}} Outbox
 */

const STORE = "letters";

/** The outbox of this browser; where IndexedDB is refused, one that lasts as long as the page. @returns {Promise<Outbox>} */
export async function openOutbox(name = "annotate") {
  try {
    return kept(await opened(name));
  } catch {
    return fleeting();
  }
}

/** @param {IDBDatabase} db @returns {Outbox} */
function kept(db) {
  return {
    durable: true,
    add: (letter) =>
      changed(db, (store) => {
        store.add(letter).onsuccess = ({ target }) => {
          letter.seq = Number(/** @type {IDBRequest} */ (target).result);
        };
      }),
    remove: ({ seq }) => changed(db, (store) => seq !== undefined && store.delete(seq)),
    all: () => answered(db.transaction(STORE).objectStore(STORE).getAll()),
  };
}

/** @returns {Outbox} */
export function fleeting() {
  /** @type {Set<Letter>} */
  const letters = new Set();
  return {
    durable: false,
    add: async (letter) => void letters.add(letter),
    remove: async (letter) => void letters.delete(letter),
    all: async () => [...letters],
  };
}

/** @param {string} name @returns {Promise<IDBDatabase>} */
function opened(name) {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "seq", autoIncrement: true });
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
