// A bus behind a part: the parts on it stand at offsets in a region of that part.
import { misplacement, RangeMap, type RegisterRange } from "./range-map.ts"
import { type ByteOrder, swapBytes } from "./registers.ts"

/** The bus of an I/O controller, which reaches the parts on it through one of its own regions. */
export class LocalBus {
  readonly name: string
  readonly byteOrder: ByteOrder
  readonly #ranges = new RangeMap<RegisterRange>()

  /** `byteOrder` is that of the region that leads here. */
  constructor(name: string, byteOrder: ByteOrder = "little") {
    this.name = name
    this.byteOrder = byteOrder
  }

  /** The parts' registers, by offset. */
  get registers(): readonly RegisterRange[] {
    return this.#ranges.ranges
  }

  /** Places registers; throws RangeError, whose message is a sentence, if they cannot stand there. */
  addRegisters(range: RegisterRange): void {
    const fault = misplacement(this.registers, range)
    if (fault !== undefined) throw new RangeError(fault)
    this.#ranges.add(range)
  }

  /** Reads registers; undefined if nothing answers. */
  read(offset: number, bytes: number, requester?: number): number | undefined {
    const range = this.#ranges.find(offset, bytes)
    if (range === undefined) return undefined
    const value = range.region.read(offset - range.base, bytes, requester)
    return this.#ordered(range, value, bytes)
  }

  /** Writes registers; false if nothing answers. */
  write(offset: number, bytes: number, value: number, requester?: number): boolean {
    const range = this.#ranges.find(offset, bytes)
    range?.region.write(offset - range.base, bytes, this.#ordered(range, value, bytes), requester)
    return range !== undefined
  }

  #ordered({ byteOrder = this.byteOrder }: RegisterRange, value: number, bytes: number): number {
    return byteOrder === this.byteOrder ? value : swapBytes(value, bytes)
  }
}
