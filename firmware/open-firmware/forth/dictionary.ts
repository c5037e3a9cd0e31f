// Headers of words: names, wordlists and the search order. The code itself stands in the data space.

/** One word of a wordlist. */
export interface Header {
  readonly name: string
  /** Execution token: the address of the code field. */
  readonly xt: number
  immediate: boolean
  compileOnly: boolean
  /** Not found until its definition is complete. */
  hidden: boolean
  /** Stack comment of a built-in word, for `see`. */
  readonly stack?: string
}

/** Words in order of definition; a later one hides an earlier one of the same name. */
export class Wordlist {
  readonly headers: Header[] = []
  readonly #index = new Map<string, Header>()

  /** Adds a header, and lets it be found unless it is hidden. */
  add(header: Header): void {
    this.headers.push(header)
    if (!header.hidden && header.name !== "") this.#index.set(header.name, header)
  }

  find(name: string): Header | undefined {
    return this.#index.get(name)
  }

  /** Lets a hidden header be found. */
  reveal(header: Header): void {
    header.hidden = false
    if (header.name !== "") this.#index.set(header.name, header)
  }

  /** Forgets every word at `address` or later. */
  forget(address: number): void {
    const kept = this.headers.findIndex(({ xt }) => xt >= address)
    if (kept < 0) return
    this.headers.length = kept
    this.#index.clear()
    for (const header of this.headers) if (!header.hidden) this.#index.set(header.name, header)
  }
}

/** All wordlists: the common one, and one for each package that has words. */
export class Dictionary {
  readonly common = new Wordlist()
  readonly #packages = new Map<number, Wordlist>()
  readonly #byXt = new Map<number, Header>()
  /** phandle of the active package, whose words are searched first; 0 if there is none. */
  active = 0
  /** The word defined last. */
  latest: Header | undefined

  /** The wordlist of a package, made if need be. */
  packageWords(node: number): Wordlist {
    let words = this.#packages.get(node)
    if (!words) this.#packages.set(node, (words = new Wordlist()))
    return words
  }

  /** A word among the methods of a package. */
  method(node: number, name: string): Header | undefined {
    return this.#packages.get(node)?.find(name.toLowerCase())
  }

  /** Where new words go. */
  get current(): Wordlist {
    return this.active === 0 ? this.common : this.packageWords(this.active)
  }

  /** Adds a word to the current wordlist, or to one of the caller's choice. */
  add(header: Header, to: Wordlist = this.current): void {
    to.add(header)
    this.#byXt.set(header.xt, header)
    this.latest = header
  }

  byXt(xt: number): Header | undefined {
    return this.#byXt.get(xt)
  }

  /** Forgets every word at `address` or later. */
  forget(address: number): void {
    for (const list of this.#all()) list.forget(address)
    for (const xt of this.#byXt.keys()) if (xt >= address) this.#byXt.delete(xt)
    if (this.latest && this.latest.xt >= address) this.latest = undefined
  }

  *#all(): Generator<Wordlist> {
    yield this.common
    yield* this.#packages.values()
  }
}
