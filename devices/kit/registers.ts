// Registers of memory-mapped parts: declaration, lookup by offset, accesses narrower or wider than a register.

/** One register, or a bank of equal registers; without `read` it is write-only, without `write` read-only. */
export interface Register<Context> {
  /** Offset of the (first) register in bytes. */
  readonly at: number
  /** Width in bytes; 4 when left out. A wider access touches several registers, a narrower one some lanes. */
  readonly width?: 1 | 2 | 4
  /** Number of registers in a bank; 1 when left out. */
  readonly count?: number
  /** Distance between registers of a bank in bytes; the width when left out. */
  readonly stride?: number
  /**
   * What a narrow write puts in the lanes that it does not carry: what the register reads ("as read", the default), or
   * zeros, for registers where a written one acts or where reading has an effect.
   */
  readonly otherLanes?: "as read" | "zero"
  read?(c: Context, index: number): number
  write?(c: Context, value: number, index: number): void
}

/** Which byte of a register has the lowest address: the least or the most significant. */
export type ByteOrder = "little" | "big"

/** The registers of a region by name. */
export type Registers<Context> = { readonly [name: string]: Register<Context> }

/** Where a register is, for listings and traces. */
export interface RegisterInfo {
  readonly name: string
  readonly at: number
  readonly width: number
  readonly isReadable: boolean
  readonly isWritable: boolean
}

interface Cell<Context> extends RegisterInfo {
  readonly index: number
  readonly register: Register<Context>
}

/** Lookup of the registers of one region by byte offset. */
export class RegisterMap<Context> {
  readonly cells: readonly Cell<Context>[]
  /** For each byte of the region, the number of its cell plus one, or 0. */
  readonly #cellAt: Uint16Array

  /** Throws RangeError when registers overlap or leave the region. */
  constructor(size: number, registers: Registers<Context>) {
    const cells: Cell<Context>[] = []
    this.#cellAt = new Uint16Array(size)
    for (const [name, register] of Object.entries(registers)) {
      const width = register.width ?? 4
      for (let index = 0; index < (register.count ?? 1); index++) {
        const at = register.at + index * (register.stride ?? width)
        const label = register.count === undefined ? name : `${name}${index}`
        const isReadable = register.read !== undefined
        cells.push({ name: label, at, width, index, register, isReadable, isWritable: register.write !== undefined })
        for (let byte = at; byte < at + width; byte++) {
          if (byte >= size || this.#cellAt[byte] !== 0) throw new RangeError(`register ${label} overlaps or is outside`)
          this.#cellAt[byte] = cells.length
        }
      }
    }
    this.cells = cells
  }

  /** Reads `size` bytes; calls `complain` with the reason when some of it has no readable register. */
  read(c: Context, offset: number, size: number, complain: (reason: string) => void, order: ByteOrder): number {
    // Nearly every access is to one whole register.
    const whole = this.#find(offset)
    if (whole?.register.read && whole.at === offset && whole.width === size) {
      return mask(whole.register.read(c, whole.index), size)
    }
    let value = 0
    for (let done = 0; done < size; ) {
      const cell = this.#find(offset + done)
      if (cell?.register.read === undefined) {
        complain(cell === undefined ? "no register" : `${cell.name} is write-only`)
        return 0
      }
      const { lane, carried, shift } = lanesOf(cell, offset, size, done, order)
      value |= mask(cell.register.read(c, cell.index) >>> lane, carried) << shift
      done += carried
    }
    return mask(value, size)
  }

  /** Writes `size` bytes; calls `complain` with the reason when some of it has no writable register. */
  write(
    c: Context,
    offset: number,
    size: number,
    value: number,
    complain: (reason: string) => void,
    order: ByteOrder,
  ): void {
    const whole = this.#find(offset)
    if (whole?.register.write && whole.at === offset && whole.width === size) {
      whole.register.write(c, mask(value, size), whole.index)
      return
    }
    for (let done = 0; done < size; ) {
      const cell = this.#find(offset + done)
      if (cell?.register.write === undefined) {
        complain(cell === undefined ? "no register" : `${cell.name} is read-only`)
        return
      }
      const { register, index, width } = cell
      const { lane, carried, shift } = lanesOf(cell, offset, size, done, order)
      const part = (mask(value >>> shift, carried) << lane) >>> 0
      if (carried === width || register.otherLanes === "zero" || register.read === undefined) {
        register.write!(c, part, index)
      } else {
        const lanes = mask(-1, carried) << lane
        register.write!(c, mask((register.read(c, index) & ~lanes) | part, width), index)
      }
      done += carried
    }
  }

  #find(offset: number): Cell<Context> | undefined {
    return this.cells[(this.#cellAt[offset] ?? 0) - 1]
  }
}

/**
 * Of an access of `size` bytes at `offset`, `done` of which have been carried out, the piece that lies in `cell`: how many
 * bytes it is, and by how many bits it is shifted in the register (`lane`) and in the value of the access (`shift`).
 */
function lanesOf(cell: RegisterInfo, offset: number, size: number, done: number, order: ByteOrder) {
  const from = offset + done - cell.at
  const carried = Math.min(size - done, cell.width - from)
  if (order === "little") return { lane: 8 * from, carried, shift: 8 * done }
  return { lane: 8 * (cell.width - from - carried), carried, shift: 8 * (size - done - carried) }
}

/** The low `size` bytes of `value`, unsigned. */
export function mask(value: number, size: number): number {
  return size === 4 ? value >>> 0 : value & ((1 << (8 * size)) - 1)
}

/** The identification registers of a PrimeCell: PeriphID0-3 at 0xfe0 as given, PCellID0-3 at 0xff0. */
export function primeCell(...periphId: readonly [number, number, number, number]) {
  const cellId = [0x0d, 0xf0, 0x05, 0xb1]
  return {
    PeriphID: { at: 0xfe0, count: 4, read: (_: unknown, index: number) => periphId[index]! },
    PCellID: { at: 0xff0, count: 4, read: (_: unknown, index: number) => cellId[index]! },
  }
}

/** A value of 1, 2 or 4 bytes with its bytes in reverse. */
export function swapBytes(value: number, size: number): number {
  if (size === 1) return value
  const half = ((value & 0xff) << 8) | ((value >>> 8) & 0xff)
  if (size === 2) return half
  return ((half << 16) | ((value >>> 24) & 0xff) | ((value >>> 8) & 0xff00)) >>> 0
}
