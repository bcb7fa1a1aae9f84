/** @import { LogChange } from './all_types.d.ts' */

const RECORDS = 'images';

/** A browser that evicts the database while it is open, or another tab that deletes it, costs one more try. */
const TRIES = 2;

/** @typedef {{ image: string, log: string }} Stored */

/**
 * The log of each picture as text, in IndexedDB: what tabs share, whose transactions wait for each other. What cannot be written, because
 * there is no room or no database, is kept in memory and written with the next change.
 */
export class DecisionStore {
  #name;
  #merge;
  /** @type {Promise<IDBDatabase> | undefined} */
  #opening;
  /** The logs that are only here. @type {Map<string, string>} */
  #unsaved = new Map();

  /** @param {string} name @param {(one: string, other: string) => string} merge of two logs of one picture */
  constructor(name, merge) {
    this.#name = name;
    this.#merge = merge;
  }

  get unsaved() {
    return this.#unsaved.size;
  }

  /**
   * Gives a picture's log, or each log there is, to `change`, writes what that returns and is not undefined, and returns the pictures
   * concerned. Nothing comes in between, from whichever tab.
   * @param {string | undefined} image @param {LogChange} change
   */
  async update(image, change) {
    /** @type {Map<string, string>} */
    let changed = new Map();
    /** @param {Stored[]} stored */
    const visit = (stored) => {
      changed = new Map();
      const logs = new Map(stored.map(({ image, log }) => [image, log]));
      for (const [of, log] of this.#unsaved) {
        if (image === undefined || image === of) logs.set(of, this.#merge(logs.get(of) ?? '', log));
      }
      if (image !== undefined && !logs.has(image)) logs.set(image, '');
      for (const [of, log] of logs) {
        const next = change(of, log) ?? (this.#unsaved.has(of) ? log : undefined);
        if (next !== undefined) changed.set(of, next);
      }
      return Array.from(changed, ([image, log]) => ({ image, log }));
    };
    if (await this.#transact(image, visit)) for (const of of changed.keys()) this.#unsaved.delete(of);
    else for (const [of, log] of changed) this.#unsaved.set(of, log);
    return [...changed.keys()];
  }

  /** Forgets every picture. */
  async clear() {
    this.#unsaved.clear();
    await this.#attempt((store) => void store.clear());
  }

  /** Lets other tabs delete the database. */
  async close() {
    const opening = this.#opening;
    this.#opening = undefined;
    await opening?.then(
      (database) => database.close(),
      () => {},
    );
  }

  /** Whether what `visit` returned is in the database now; if not, it was called all the same. @param {string | undefined} image @param {(stored: Stored[]) => Stored[]} visit */
  async #transact(image, visit) {
    let visited = false;
    /** @type {unknown} */
    let mistake;
    const stored = await this.#attempt((store) => {
      const request = store.getAll(image);
      request.onsuccess = () => {
        try {
          visited = true;
          for (const record of visit(request.result)) store.put(record);
        } catch (thrown) {
          // Of putting only a full or closing database; of the change whatever it does not accept.
          mistake = thrown;
          store.transaction.abort();
        }
      };
    });
    if (mistake && !(mistake instanceof DOMException)) throw mistake;
    if (!visited) visit([]);
    return stored;
  }

  /** @param {(store: IDBObjectStore) => void} work @returns {Promise<boolean>} whether it is done for good */
  async #attempt(work) {
    for (let tries = 0; tries < TRIES; tries++) {
      try {
        const database = await (this.#opening ??= this.#open());
        const transaction = database.transaction(RECORDS, 'readwrite');
        work(transaction.objectStore(RECORDS));
        return await new Promise((resolve) => {
          transaction.oncomplete = () => resolve(true);
          transaction.onabort = () => resolve(false);
        });
      } catch {
        this.#opening = undefined;
      }
    }
    return false;
  }

  /** @returns {Promise<IDBDatabase>} */
  #open() {
    return new Promise((resolve, reject) => {
      const request = indexedDB.open(this.#name, 1);
      request.onupgradeneeded = () => request.result.createObjectStore(RECORDS, { keyPath: 'image' });
      request.onerror = () => reject(request.error);
      request.onsuccess = () => {
        const database = request.result;
        database.onclose = () => (this.#opening = undefined);
        database.onversionchange = () => void this.close();
        resolve(database);
      };
    });
  }
}
