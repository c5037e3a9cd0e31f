// TypeScript's access to an architecture's registers in the CPU's state block of linear memory.

import type { RegisterFile, RegisterFileDeclaration, StateLayout } from "./state.ts"
import { byteWidth, type Value } from "./types.ts"

/** One register by file and number. */
export type RegisterName = { readonly file: RegisterFile; readonly index: number }

type Layout = StateLayout<Record<string, RegisterFileDeclaration>>

/** Reads and writes the registers of one CPU. It does not mask values of narrower registers. */
export class StateView {
  readonly layout: Layout
  readonly #memory: ArrayBufferLike | { readonly buffer: ArrayBufferLike }
  readonly #base: number
  #view: DataView

  /** `base` is the offset of the state block, in bytes. The memory may grow while the view is in use. */
  constructor(layout: Layout, memory: ArrayBufferLike | { readonly buffer: ArrayBufferLike }, base = 0) {
    this.layout = layout
    this.#memory = memory
    this.#base = base
    this.#view = new DataView("buffer" in memory ? memory.buffer : memory)
  }

  /** Value of an i32 register (signed) or of a float. */
  get(file: RegisterFile, index = 0): number {
    const value = this.read(file, index)
    if (typeof value === "bigint") throw new Error(`${file.name} holds i64: use getLong`)
    return value
  }

  /** Writes an i32 register, modulo 2^32, or a float. */
  set(file: RegisterFile, index: number, value: number): void {
    if (file.type === "i64") throw new Error(`${file.name} holds i64: use setLong`)
    this.write(file, index, value)
  }

  /** Value of an i64 register, signed. */
  getLong(file: RegisterFile, index = 0): bigint {
    const value = this.read(file, index)
    if (typeof value !== "bigint") throw new Error(`${file.name} holds ${file.type}: use get`)
    return value
  }

  /** Writes an i64 register, modulo 2^64. */
  setLong(file: RegisterFile, index: number, value: bigint): void {
    if (file.type !== "i64") throw new Error(`${file.name} holds ${file.type}: use set`)
    this.write(file, index, value)
  }

  /** Value of a register, by the type of its file. */
  read(file: RegisterFile, index = 0): Value {
    const at = this.#address(file, index)
    switch (file.type) {
      case "i32":
        return this.#bytes().getInt32(at, true)
      case "i64":
        return this.#bytes().getBigInt64(at, true)
      case "f32":
        return this.#bytes().getFloat32(at, true)
      case "f64":
        return this.#bytes().getFloat64(at, true)
      case "v128":
        return this.#bytes().getBigUint64(at, true) | (this.#bytes().getBigUint64(at + 8, true) << 64n)
    }
  }

  /** Writes a register; a number is accepted for an i64 or v128, and a bigint for the rest. */
  write(file: RegisterFile, index: number, value: Value): void {
    const at = this.#address(file, index)
    const bytes = this.#bytes()
    if (file.type === "i32")
      bytes.setInt32(at, typeof value === "bigint" ? Number(BigInt.asIntN(32, value)) : value, true)
    else if (file.type === "i64") bytes.setBigInt64(at, BigInt.asIntN(64, BigInt(value)), true)
    else if (file.type === "v128") {
      bytes.setBigUint64(at, BigInt.asUintN(64, BigInt(value)), true)
      bytes.setBigUint64(at + 8, BigInt.asUintN(64, BigInt(value) >> 64n), true)
    } else if (file.type === "f32") bytes.setFloat32(at, Number(value), true)
    else bytes.setFloat64(at, Number(value), true)
  }

  /** Sets every register to its value after reset. */
  reset(): void {
    for (const file of this.layout.list) {
      if (file.storage !== file.name) continue
      for (let index = 0; index < file.count; index++) this.write(file, index, file.resets[index] ?? file.reset)
    }
  }

  /** The register of that name, such as `r3` or `GPR[3]`; case is ignored if no name matches exactly. */
  find(name: string): RegisterName | undefined {
    const indexed = /^(\w+)\[(\d+)\]$/.exec(name)
    if (indexed) {
      const file = this.layout.list.find((f) => f.name === indexed[1])
      const index = Number(indexed[2])
      return file && index < file.count ? { file, index } : undefined
    }
    return this.#search((n) => n === name) ?? this.#search((n) => n.toLowerCase() === name.toLowerCase())
  }

  #search(matches: (name: string) => boolean): RegisterName | undefined {
    for (const file of this.layout.list) {
      const index = file.names.findIndex(matches)
      if (index >= 0) return { file, index }
    }
    return undefined
  }

  #address(file: RegisterFile, index: number): number {
    if (!(index >= 0 && index < file.count)) throw new Error(`${file.name}[${index}] does not exist`)
    return this.#base + file.offset + index * byteWidth(file.type)
  }

  // Growing a WebAssembly memory detaches its buffer.
  #bytes(): DataView {
    if ("buffer" in this.#memory && this.#memory.buffer !== this.#view.buffer)
      this.#view = new DataView(this.#memory.buffer)
    return this.#view
  }
}
