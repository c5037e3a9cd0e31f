// Ranges of addresses on a bus: where they may stand, and which one an access falls into.
import type { Region } from "./device.ts"
import type { ByteOrder } from "./registers.ts"

/** A range of addresses with a name. */
export type AddressRange = { readonly name: string; readonly base: number; readonly size: number }

/** Registers at an address of a bus. */
export type RegisterRange = AddressRange & {
  readonly region: Region
  /** The order of its bytes; the bus's, unless given. The bus swaps the bytes of values if its own is another. */
  readonly byteOrder?: ByteOrder
}

/** Says in a sentence why a range cannot stand where it is, beside others; undefined if it can. */
export function misplacement(others: readonly AddressRange[], { name, base, size }: AddressRange): string | undefined {
  if (!(Number.isSafeInteger(base) && base >= 0)) return `${name} stands at no address: ${base}.`
  const place = `${name} at 0x${base.toString(16)}`
  const other = others.find((o) => base < o.base + o.size && o.base < base + size)
  if (other) return `${place} overlaps ${other.name}.`
  // Behind another address, no aligned access would reach a register of a word.
  const unit = size >= 4 ? 4 : size >= 2 ? 2 : 1
  return base % unit === 0 ? undefined : `${place} is misaligned: its address must be a multiple of ${unit}.`
}

/** Ranges of addresses, found by address. */
export class RangeMap<Range extends AddressRange> {
  /** The ranges by address. */
  readonly ranges: Range[] = []
  #last: Range | undefined

  /** Adds a range that overlaps no other. */
  add(range: Range): void {
    this.ranges.push(range)
    this.ranges.sort((a, b) => a.base - b.base)
  }

  /** The range that holds all bytes of an access; undefined if there is none. */
  find(address: number, bytes: number): Range | undefined {
    const last = this.#last
    if (last && address >= last.base && address + bytes <= last.base + last.size) return last
    let low = 0
    let high = this.ranges.length - 1
    while (low <= high) {
      const middle = (low + high) >> 1
      const range = this.ranges[middle]!
      if (address < range.base) high = middle - 1
      else if (address >= range.base + range.size) low = middle + 1
      else return address + bytes <= range.base + range.size ? (this.#last = range) : undefined
    }
    return undefined
  }
}
