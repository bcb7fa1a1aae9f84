/** @import { Loading, NameLoader, Names, RemoteFile } from './all_types.d.ts' */
import { loadFile } from './load_model.js';
import { TagdropError } from './tagdrop_error.js';

/** What a model's concepts are called, a file a language, each loaded when it is first wanted. A model without them has no languages. @implements {NameLoader} */
export class Languages {
  #files;
  #cache;
  /** @type {Record<string, Promise<Names>>} */
  #loaded = {};

  /** @param {Record<string, RemoteFile>} files @param {boolean} cache */
  constructor(files, cache) {
    this.#files = files;
    this.#cache = cache;
    this.locales = Object.keys(files);
  }

  /** Those of the language that a locale means, or else English. @param {string} [locale] @param {Loading} [loading] */
  async load(locale, loading) {
    const language = this.#languageOf(locale);
    const file = this.#files[language];
    if (!file) return {};
    const load = (this.#loaded[language] ??= this.#load(language, file, loading));
    load.catch(() => delete this.#loaded[language]);
    return load;
  }

  /** @param {readonly string[]} locales */
  loadAll(locales) {
    return Promise.all(locales.map((locale) => this.load(locale)));
  }

  /** @param {string} locale @param {RemoteFile} file @param {Loading} [loading] @returns {Promise<Names>} */
  async #load(locale, file, loading) {
    const how = loading ?? { cache: this.#cache, keep: [] };
    const names = await loadFile(file, 'names', how, { name: `names ${locale}` });
    if (!loading) for (const write of how.keep) void write();
    return { locale, names };
  }

  /** @param {string} [locale] */
  #languageOf(locale) {
    try {
      const { language } = new Intl.Locale(locale ?? navigator.language);
      if (this.locales.includes(language)) return language;
    } catch {
      // What a browser says of itself is not the caller's fault.
      if (locale !== undefined) throw new TagdropError('invalid-options', `'${locale}' is no language tag such as 'de' or 'pt-BR'.`);
    }
    return 'en';
  }
}
