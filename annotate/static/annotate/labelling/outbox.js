/**
 * Requests that are not yet known to have arrived, in IndexedDB, so that they survive a closed tab. What is on its way
 * into it is written ahead to localStorage, which is done at once: a key press need not wait for a disk.
 *
 * Each is a request of the REST interface, made so that sending it twice does what sending it once does.
 *
 * @typedef {{key: string, at: number, person: number, name?: string, item: number, assignment: number, method: string, path: string,
 *   body?: Record<string, unknown>}} StoredRequest
 * @typedef {{durable: boolean, add(request: StoredRequest): Promise<void>, remove(request: StoredRequest): Promise<void>,
 *   all(): Promise<StoredRequest[]>}} Outbox   `add` has written the request ahead when it returns
 */

// The names that browsers know from former versions: what lies under them must not be lost.
const STORE = "letters";
const WRITE_AHEAD = "annotate-pocket";

/** The outbox of this browser; where IndexedDB is refused, one that lasts as long as the page. @returns {Promise<Outbox>} */
export async function openOutbox(name = "annotate") {
  try {
    const outbox = persistent(await opened(name));
    for (const request of writeAhead()) await outbox.add(request);
    return outbox;
  } catch {
    return inMemory();
  }
}

/** @param {IDBDatabase} db @returns {Outbox} */
function persistent(db) {
  return {
    durable: true,
    async add(request) {
      writeAhead((requests) => [...without(requests, request), request]);
      await changed(db, (store) => store.put(request));
      writeAhead((requests) => without(requests, request));
    },
    remove: ({ at, key }) => changed(db, (store) => store.delete([at, key])),
    all: () => answered(db.transaction(STORE).objectStore(STORE).getAll()),
  };
}

/** @returns {Outbox} */
export function inMemory() {
  /** @type {Map<string, StoredRequest>} */
  const requests = new Map();
  return {
    durable: false,
    add: async (request) => void requests.set(request.key, request),
    remove: async ({ key }) => void requests.delete(key),
    all: async () => [...requests.values()],
  };
}

/** What is written ahead, after a change if one is given. @param {(requests: StoredRequest[]) => StoredRequest[]} [change] @returns {StoredRequest[]} */
function writeAhead(change) {
  try {
    const requests = JSON.parse(localStorage.getItem(WRITE_AHEAD) ?? "[]");
    if (!change) return requests;
    const changed = change(requests);
    localStorage.setItem(WRITE_AHEAD, JSON.stringify(changed));
    return changed;
  } catch {
    return [];
  }
}

/** @param {StoredRequest[]} requests @param {StoredRequest} taken */
function without(requests, { key }) {
  return requests.filter((request) => request.key !== key);
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
