// A writer of WebAssembly modules (WebAssembly Core Specification 2.0, chapter 5.5, Modules).

import type { Type } from "../ir/index.ts"
import { Code, typeCode } from "./code.ts"

/** A function type: parameters and at most one result. */
export type Signature = { readonly params: readonly Type[]; readonly result?: Type | undefined }

/** Collects the parts of a module and encodes it. Imported functions come first in the function index space. */
export class Module {
  #types = new Code()
  #typeIndex = new Map<string, number>()
  #imports: { module: string; name: string; type: number }[] = []
  #functions: { type: number; locals: readonly Type[]; body: Code; export: string | undefined }[] = []
  #table: number[] = []
  #spareSlots = 0
  #memory: { module: string; name: string; pages: number; maximum: number } | undefined

  /** Imports the memory; its initial and maximum size are in pages of 64 KiB. */
  importMemory(module: string, name: string, pages: number, maximum: number): void {
    this.#memory = { module, name, pages, maximum }
  }

  /** Imports a function and returns its index; throws after the first `addFunction`. */
  importFunction(module: string, name: string, signature: Signature): number {
    if (this.#functions.length > 0) throw new Error("Imports must precede functions.")
    return this.#imports.push({ module, name, type: this.#type(signature) }) - 1
  }

  /** Adds a function and returns its index; `locals` excludes the parameters, and `body` the final `end`. */
  addFunction(signature: Signature, locals: readonly Type[], body: Code, exportName?: string): number {
    this.#functions.push({ type: this.#type(signature), locals, body, export: exportName })
    return this.#imports.length + this.#functions.length - 1
  }

  /** Sets the functions of the module's table, by index; a table with spare slots is exported as "table". */
  setTable(functions: readonly number[], spareSlots = 0): void {
    this.#table = [...functions]
    this.#spareSlots = spareSlots
  }

  /** The index of a function type, for indirect calls. */
  typeIndex(signature: Signature): number {
    return this.#type(signature)
  }

  #type({ params, result }: Signature): number {
    const key = `${params}>${result}`
    const known = this.#typeIndex.get(key)
    if (known !== undefined) return known
    this.#types.u8(0x60).u32(params.length)
    for (const p of params) this.#types.u8(typeCode(p))
    if (result) this.#types.u8(1).u8(typeCode(result))
    else this.#types.u8(0)
    const index = this.#typeIndex.size
    this.#typeIndex.set(key, index)
    return index
  }

  /** The module in binary form. */
  encode(): Uint8Array {
    const out = new Code().raw([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0])
    const section = (id: number, count: number, content: Code) => {
      const counted = new Code().u32(count).raw(content.bytes())
      out.u8(id).u32(counted.length).raw(counted.bytes())
    }
    section(1, this.#typeIndex.size, this.#types)
    const imports = new Code()
    if (this.#memory) {
      const { module, name, pages, maximum } = this.#memory
      imports.name(module).name(name).u8(0x02).u8(0x01).u32(pages).u32(maximum)
    }
    for (const { module, name, type } of this.#imports) imports.name(module).name(name).u8(0x00).u32(type)
    section(2, this.#imports.length + (this.#memory ? 1 : 0), imports)
    const functions = new Code()
    for (const f of this.#functions) functions.u32(f.type)
    section(3, this.#functions.length, functions)
    if (this.#table.length > 0)
      section(
        4,
        1,
        new Code()
          .u8(0x70)
          .u8(0x00)
          .u32(this.#table.length + this.#spareSlots),
      )
    const exports = new Code()
    const exported = this.#functions.map((f, i) => ({ f, i })).filter(({ f }) => f.export !== undefined)
    for (const { f, i } of exported)
      exports
        .name(f.export!)
        .u8(0x00)
        .u32(this.#imports.length + i)
    if (this.#spareSlots > 0) exports.name("table").u8(0x01).u8(0)
    section(7, exported.length + (this.#spareSlots > 0 ? 1 : 0), exports)
    if (this.#table.length > 0) {
      const elements = new Code().u32(0).i32(0).u8(0x0b).u32(this.#table.length)
      for (const index of this.#table) elements.u32(index)
      section(9, 1, elements)
    }
    const bodies = new Code()
    for (const { locals, body } of this.#functions) {
      const code = new Code().u32(locals.length)
      for (const local of locals) code.u32(1).u8(typeCode(local))
      code.raw(body.bytes()).u8(0x0b)
      bodies.u32(code.length).raw(code.bytes())
    }
    section(10, this.#functions.length, bodies)
    return out.bytes().slice()
  }
}
