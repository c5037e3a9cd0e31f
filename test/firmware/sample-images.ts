// Small images made by hand, field by field, for the loader's tests.

const text = new TextEncoder()

/** A file of `size` bytes with fields poked into it: offset, width in bytes, value. */
export function poke(
  size: number,
  endian: "little" | "big",
  fields: readonly (readonly [at: number, width: 1 | 2 | 4 | 8, value: number | bigint])[],
): Uint8Array {
  const bytes = new Uint8Array(size)
  const view = new DataView(bytes.buffer)
  const little = endian === "little"
  for (const [at, width, value] of fields) {
    if (width === 1) view.setUint8(at, Number(value))
    else if (width === 2) view.setUint16(at, Number(value), little)
    else if (width === 4) view.setUint32(at, Number(value), little)
    else view.setBigUint64(at, BigInt(value), little)
  }
  return bytes
}

/** Copies `part` into `bytes` at `offset` and returns `bytes`. */
export function paste(bytes: Uint8Array, offset: number, part: Uint8Array | string): Uint8Array {
  bytes.set(typeof part === "string" ? text.encode(part) : part, offset)
  return bytes
}

export interface SampleSegment {
  virtualAddress: number
  physicalAddress: number
  data: Uint8Array
  memorySize?: number
  type?: number
}

/** A 32-bit executable with the given segments; its data follows the program headers. */
export function elf32(options: {
  machine?: number
  endian?: "little" | "big"
  entry: number
  segments: readonly SampleSegment[]
}): Uint8Array {
  const { machine = 40, endian = "little", entry, segments } = options
  const dataAt = 52 + 32 * segments.length
  let offset = dataAt
  const fields: (readonly [number, 1 | 2 | 4, number])[] = [
    [0, 1, 0x7f],
    [1, 1, 0x45],
    [2, 1, 0x4c],
    [3, 1, 0x46],
    [4, 1, 1],
    [5, 1, endian === "little" ? 1 : 2],
    [6, 1, 1],
    [16, 2, 2],
    [18, 2, machine],
    [20, 4, 1],
    [24, 4, entry],
    [28, 4, 52],
    [40, 2, 52],
    [42, 2, 32],
    [44, 2, segments.length],
  ]
  const parts: [number, Uint8Array][] = []
  segments.forEach((segment, i) => {
    const at = 52 + 32 * i
    fields.push([at, 4, segment.type ?? 1], [at + 4, 4, offset], [at + 8, 4, segment.virtualAddress])
    fields.push([at + 12, 4, segment.physicalAddress], [at + 16, 4, segment.data.length])
    fields.push([at + 20, 4, segment.memorySize ?? segment.data.length], [at + 24, 4, 5])
    parts.push([offset, segment.data])
    offset += segment.data.length
  })
  const bytes = poke(offset, endian, fields)
  for (const [at, data] of parts) paste(bytes, at, data)
  return bytes
}

/** A symbol of a sample: functions of Thumb code have an odd value. */
export type SampleSymbol = { readonly name: string; readonly value: number; readonly kind?: "none" | "function" }

/** Gives a little-endian image of `elf32` a symbol table. */
export function withSymbols(image: Uint8Array, symbols: readonly SampleSymbol[]): Uint8Array {
  const names = `\0${symbols.map(({ name }) => `${name}\0`).join("")}`
  const table = image.length
  const namesAt = table + 16 * (symbols.length + 1)
  const sections = namesAt + names.length
  const fields: (readonly [number, 1 | 2 | 4, number])[] = [
    [32, 4, sections],
    [46, 2, 40],
    [48, 2, 3],
    // section 1: the symbols; section 2: their names
    [sections + 40 + 4, 4, 2],
    [sections + 40 + 16, 4, table],
    [sections + 40 + 20, 4, namesAt - table],
    [sections + 40 + 24, 4, 2],
    [sections + 40 + 36, 4, 16],
    [sections + 80 + 4, 4, 3],
    [sections + 80 + 16, 4, namesAt],
    [sections + 80 + 20, 4, names.length],
  ]
  let nameAt = 1
  for (const [i, { name, value, kind = "function" }] of symbols.entries()) {
    const at = table + 16 * (i + 1)
    fields.push([at, 4, nameAt], [at + 4, 4, value], [at + 12, 1, kind === "function" ? 0x12 : 0x10])
    nameAt += name.length + 1
  }
  const added = paste(poke(sections + 120, "little", fields), namesAt, names)
  for (const [i, byte] of image.entries()) added[i]! |= byte
  return added
}

/** An IA-64 executable with one segment, and a symbol table with `start`, 4 bytes behind its base, and `counter`. */
export function elf64WithSymbols(base = 0xa000_0001_0000_0000n): Uint8Array {
  const segment = 64 + 56
  const names = segment + 16
  const symbols = names + 16
  const sections = symbols + 72
  const bytes = poke(sections + 3 * 64, "little", [
    [4, 1, 2],
    [5, 1, 1],
    [6, 1, 1],
    [16, 2, 2],
    [18, 2, 50],
    [20, 4, 1],
    [24, 8, base + 4n],
    [32, 8, 64],
    [40, 8, sections],
    [52, 2, 64],
    [54, 2, 56],
    [56, 2, 1],
    [58, 2, 64],
    [60, 2, 3],
    // program header
    [64, 4, 1],
    [68, 4, 5],
    [72, 8, segment],
    [80, 8, base],
    [88, 8, 0x400_0000],
    [96, 8, 16],
    [104, 8, 32],
    // symbol 1: start, global function; symbol 2: counter, local object
    [symbols + 24, 4, 1],
    [symbols + 28, 1, 0x12],
    [symbols + 32, 8, base + 4n],
    [symbols + 40, 8, 12],
    [symbols + 48, 4, 7],
    [symbols + 52, 1, 0x01],
    [symbols + 56, 8, base + 16n],
    [symbols + 64, 8, 8],
    // section 1: the symbols; section 2: their names
    [sections + 64 + 4, 4, 2],
    [sections + 64 + 24, 8, symbols],
    [sections + 64 + 32, 8, 72],
    [sections + 64 + 40, 4, 2],
    [sections + 64 + 56, 8, 24],
    [sections + 128 + 4, 4, 3],
    [sections + 128 + 24, 8, names],
    [sections + 128 + 32, 8, 16],
  ])
  paste(bytes, 0, Uint8Array.of(0x7f, 0x45, 0x4c, 0x46))
  return paste(bytes, names, "\0start\0counter\0")
}

/** A zImage of `size` bytes; with `unpackedSize` it has the kernel-size tag as well. */
export function zimage(size: number, options: { unpackedSize?: number; zeroedSize?: number; big?: boolean } = {}) {
  const tags: (readonly [number, 4, number])[] =
    options.unpackedSize === undefined
      ? []
      : [
          [0x34, 4, 0x4545_4545],
          [0x38, 4, 0x60],
          [0x60, 4, 4],
          [0x64, 4, 0x5a53_4c4b],
          [0x68, 4, size - 4],
          [0x6c, 4, options.zeroedSize ?? 0],
          [size - 4, 4, options.unpackedSize],
        ]
  return poke(size, "little", [
    [0, 4, 0xe1a0_0000],
    [0x24, 4, 0x016f_2818],
    [0x2c, 4, size],
    [0x30, 4, options.big ? 0x0102_0304 : 0x0403_0201],
    ...tags,
  ])
}

/** A PE32+ EFI application for IA-64 with the section .text. */
export function pe64(): Uint8Array {
  const bytes = poke(0x400, "little", [
    [0, 2, 0x5a4d],
    [0x3c, 4, 0x40],
    [0x40, 4, 0x4550],
    [0x44, 2, 0x200],
    [0x46, 2, 1],
    [0x54, 2, 112 + 16],
    [0x56, 2, 0x206],
    [0x58, 2, 0x20b],
    [0x58 + 16, 4, 0x1004],
    [0x58 + 24, 8, 0x10_0000_0000n],
    [0x58 + 56, 4, 0x3000],
    [0x58 + 60, 4, 0x200],
    [0x58 + 68, 2, 10],
    [0x58 + 108, 4, 2],
    [0x58 + 112 + 8, 4, 0x1100],
    [0x58 + 112 + 12, 4, 0x20],
    [0xd8 + 8, 4, 0x1800],
    [0xd8 + 12, 4, 0x1000],
    [0xd8 + 16, 4, 0x200],
    [0xd8 + 20, 4, 0x200],
    [0xd8 + 36, 4, 0x6000_0020],
  ])
  paste(bytes, 0xd8, ".text")
  return bytes.fill(0xcc, 0x200)
}

/** Calls `attempt` with every shorter prefix of `bytes`. */
export function forEachTruncation(bytes: Uint8Array, attempt: (shorter: Uint8Array, length: number) => void): void {
  for (let length = 0; length < bytes.length; length++) attempt(bytes.slice(0, length), length)
}

/** Calls `attempt` with copies of `bytes` that have one bit or byte changed at every offset. */
export function forEachCorruption(bytes: Uint8Array, attempt: (damaged: Uint8Array, offset: number) => void): void {
  for (let offset = 0; offset < bytes.length; offset++) {
    for (const change of [0x01, 0x80, 0xff]) {
      const damaged = bytes.slice()
      damaged[offset] = damaged[offset]! ^ change
      attempt(damaged, offset)
    }
  }
}
