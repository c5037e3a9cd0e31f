// A writer of WebAssembly function bodies (WebAssembly Core Specification 2.0, chapter 5.4, Instructions).

import type { Type } from "../ir/index.ts"

const typeCodes = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b } as const

/** The binary encoding of a value type. */
export const typeCode = (type: Type): number => typeCodes[type]

/** Opcodes of memory accesses, by the type that they load or store; two-byte opcodes include their prefix. */
export const MEMORY = {
  i32: {
    load: 0x28,
    load8S: 0x2c,
    load8U: 0x2d,
    load16S: 0x2e,
    load16U: 0x2f,
    store: 0x36,
    store8: 0x3a,
    store16: 0x3b,
  },
  i64: { load: 0x29, store: 0x37 },
  f32: { load: 0x2a, store: 0x38 },
  f64: { load: 0x2b, store: 0x39 },
  /** With the prefix of vector instructions (0xfd) in the upper byte. */
  v128: { load: 0xfd00, store: 0xfd0b },
} as const

const floats = new DataView(new ArrayBuffer(8))

/** A growing sequence of bytes, with a method for each instruction format; all writers return `this`. */
export class Code {
  #bytes: Uint8Array
  #length = 0

  /** `capacity` is the initial capacity in bytes. */
  constructor(capacity = 256) {
    this.#bytes = new Uint8Array(capacity)
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#length
  }

  /** The bytes written so far, as a view that is valid until the next write. */
  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  /** A byte, such as an opcode without immediates. */
  u8(byte: number): this {
    if (this.#length === this.#bytes.length) this.#grow(1)
    this.#bytes[this.#length++] = byte
    return this
  }

  /** Bytes as they are. */
  raw(bytes: ArrayLike<number>): this {
    if (bytes.length === 1) return this.u8(bytes[0]!)
    if (this.#length + bytes.length > this.#bytes.length) this.#grow(bytes.length)
    this.#bytes.set(bytes, this.#length)
    this.#length += bytes.length
    return this
  }

  #grow(by: number): void {
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + by))
    larger.set(this.#bytes)
    this.#bytes = larger
  }

  /** A u32 as unsigned LEB128. */
  u32(value: number): this {
    if (value >= 0 && value < 0x80) return this.u8(value)
    let rest = value >>> 0
    while (rest >= 0x80) {
      this.u8((rest & 0x7f) | 0x80)
      rest >>>= 7
    }
    return this.u8(rest)
  }

  /** An i32 as signed LEB128. */
  s32(value: number): this {
    let rest = value | 0
    for (;;) {
      const byte = rest & 0x7f
      rest >>= 7
      if ((rest === 0 && !(byte & 0x40)) || (rest === -1 && byte & 0x40)) return this.u8(byte)
      this.u8(byte | 0x80)
    }
  }

  /** An i64 as signed LEB128. */
  s64(value: bigint): this {
    let rest = BigInt.asIntN(64, value)
    for (;;) {
      const byte = Number(rest & 0x7fn)
      rest >>= 7n
      if ((rest === 0n && !(byte & 0x40)) || (rest === -1n && byte & 0x40)) return this.u8(byte)
      this.u8(byte | 0x80)
    }
  }

  /** A name: its length in bytes, then UTF-8. */
  name(text: string): this {
    const bytes = new TextEncoder().encode(text)
    return this.u32(bytes.length).raw(bytes)
  }

  // Instructions

  i32(value: number): this {
    return this.u8(0x41).s32(value)
  }

  /** Pushes the base of a CPU's own words, whose addresses `memory` takes as offsets. One CPU runs today: its base is 0. */
  base(): this {
    return this.i32(0)
  }

  i64(value: bigint): this {
    return this.u8(0x42).s64(value)
  }

  f32(value: number): this {
    floats.setFloat32(0, value, true)
    return this.u8(0x43).raw(new Uint8Array(floats.buffer, 0, 4))
  }

  f64(value: number): this {
    floats.setFloat64(0, value, true)
    return this.u8(0x44).raw(new Uint8Array(floats.buffer, 0, 8))
  }

  v128(value: bigint): this {
    this.u8(0xfd).u32(12)
    for (let bit = 0n; bit < 128n; bit += 8n) this.u8(Number((value >> bit) & 0xffn))
    return this
  }

  get(local: number): this {
    return this.u8(0x20).u32(local)
  }

  set(local: number): this {
    return this.u8(0x21).u32(local)
  }

  tee(local: number): this {
    return this.u8(0x22).u32(local)
  }

  /** A load or store by opcode (`MEMORY`); `align` is the binary logarithm of the alignment hint in bytes. */
  memory(opcode: number, offset: number, align = 0): this {
    if (opcode > 0xff) this.u8(opcode >> 8)
    return this.u8(opcode & 0xff)
      .u32(align)
      .u32(offset)
  }

  block(type?: Type): this {
    return this.u8(0x02).u8(type ? typeCode(type) : 0x40)
  }

  loop(): this {
    return this.u8(0x03).u8(0x40)
  }

  if(type?: Type): this {
    return this.u8(0x04).u8(type ? typeCode(type) : 0x40)
  }

  else(): this {
    return this.u8(0x05)
  }

  end(): this {
    return this.u8(0x0b)
  }

  br(depth: number): this {
    return this.u8(0x0c).u32(depth)
  }

  brIf(depth: number): this {
    return this.u8(0x0d).u32(depth)
  }

  return(): this {
    return this.u8(0x0f)
  }

  call(callee: number): this {
    return this.u8(0x10).u32(callee)
  }

  /** An indirect call of a function with that type index; its index in the table is on the stack. */
  callIndirect(type: number): this {
    return this.u8(0x11).u32(type).u32(0)
  }

  drop(): this {
    return this.u8(0x1a)
  }

  select(): this {
    return this.u8(0x1b)
  }

  brTable(depths: readonly number[], otherwise: number): this {
    this.u8(0x0e).u32(depths.length)
    for (const depth of depths) this.u32(depth)
    return this.u32(otherwise)
  }
}

/** Opcodes that generators write directly; the others come from IR operations. */
export const OP = {
  unreachable: 0x00,
  i32Eqz: 0x45,
  i32Eq: 0x46,
  i32Ne: 0x47,
  i32LtS: 0x48,
  i32LtU: 0x49,
  i32GtU: 0x4b,
  i32GeU: 0x4f,
  i32Ctz: 0x68,
  i32Add: 0x6a,
  i32Sub: 0x6b,
  i32And: 0x71,
  i32Or: 0x72,
  i32Xor: 0x73,
  i32Shl: 0x74,
  i32ShrS: 0x75,
  i32ShrU: 0x76,
  i32Rotr: 0x78,
  i64Eq: 0x51,
  i64Ne: 0x52,
  i64Rotl: 0x89,
  i64Add: 0x7c,
  i64Sub: 0x7d,
  i64And: 0x83,
  i64Xor: 0x85,
  i64Shl: 0x86,
  i64ShrU: 0x88,
  i32Wrap: 0xa7,
  i64ExtendS: 0xac,
  i64ExtendU: 0xad,
  i64LtU: 0x54,
  f64Floor: 0x9c,
  f64Add: 0xa0,
  f64Sub: 0xa1,
  f64Mul: 0xa2,
  f64Div: 0xa3,
  f64ConvertI32S: 0xb7,
} as const

/** Code that records the locals that it reads and writes. */
export class TracedCode extends Code {
  readonly reads = new Set<number>()
  readonly writes = new Set<number>()

  override get(local: number): this {
    this.reads.add(local)
    return super.get(local)
  }

  override set(local: number): this {
    this.writes.add(local)
    return super.set(local)
  }

  override tee(local: number): this {
    this.writes.add(local)
    return super.tee(local)
  }
}
