// The property `translations` (PowerPC Processor Binding to IEEE 1275, section 5.1.2): which address maps to which.

/** A mapping of whole pages; `mode` has the WIMG bits and the protection. */
export interface Translation {
  readonly virtual: number
  readonly size: number
  readonly physical: number
  readonly mode: number
}

const PAGE = 4096
const SPACE = 2 ** 32
/** Mappings kept at most; a guest that maps every other page cannot fill the host's memory. */
const MAX_TRANSLATIONS = 512

/** The mappings that the firmware has made for itself and for its client. */
export class Translations {
  #entries: Translation[] = []

  /** The mappings in order of their virtual address. */
  get entries(): readonly Translation[] {
    return this.#entries
  }

  /** Maps whole pages around a range in place of what was mapped there; false if there are too many mappings. */
  map(virtual: number, size: number, physical: number, mode: number): boolean {
    const start = virtual - (virtual % PAGE)
    const end = Math.min(Math.ceil((virtual + size) / PAGE) * PAGE, SPACE)
    if (end <= start) return true
    const kept = this.#without(start, end)
    if (kept.length >= MAX_TRANSLATIONS) return false
    const added = { virtual: start, size: end - start, physical: physical - (physical % PAGE), mode }
    this.#entries = join([...kept, added].sort((a, b) => a.virtual - b.virtual))
    return true
  }

  /** Removes the pages that lie wholly inside a range. */
  unmap(virtual: number, size: number): void {
    const start = Math.ceil(virtual / PAGE) * PAGE
    const end = virtual + size - ((virtual + size) % PAGE)
    if (end > start) this.#entries = this.#without(start, end)
  }

  /** The mapping of an address. */
  find(virtual: number): Translation | undefined {
    return this.#entries.find((entry) => entry.virtual <= virtual && virtual < entry.virtual + entry.size)
  }

  #without(start: number, end: number): Translation[] {
    return this.#entries.flatMap((entry) => {
      const last = entry.virtual + entry.size
      if (last <= start || entry.virtual >= end) return [entry]
      return [part(entry, entry.virtual, start), part(entry, end, last)].filter((piece) => piece.size > 0)
    })
  }
}

function part(entry: Translation, from: number, to: number): Translation {
  return { ...entry, virtual: from, size: to - from, physical: entry.physical + from - entry.virtual }
}

/** Joins neighbours that continue each other, so that page-wise claims stay one mapping. */
function join(sorted: readonly Translation[]): Translation[] {
  const joined: Translation[] = []
  for (const entry of sorted) {
    const last = joined.at(-1)
    const offset = entry.virtual - (last?.virtual ?? 0)
    if (last && offset === last.size && entry.physical - last.physical === offset && entry.mode === last.mode) {
      joined[joined.length - 1] = { ...last, size: last.size + entry.size }
    } else joined.push(entry)
  }
  return joined
}
