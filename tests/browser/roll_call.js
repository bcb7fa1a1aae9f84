/**
 * Holds a lock for as long as this worker lives: the browser lets go of it when the worker is gone and not before, whoever ended it
 * and however. So the locks that are held (`rollCall` in bench.js) are the workers that live.
 */
void navigator.locks.request(`worker ${crypto.randomUUID()}`, () => new Promise(() => {}));
