// Register files of an architecture, declared once: names, widths, counts, reset values, offsets in linear memory.

import type { RecipeName } from "./flags.ts"
import { byteWidth, type Type, type Value } from "./types.ts"

/**
 * A flag that holds 0 or 1, and that translated code may leave uncomputed until something reads it. The semantics that
 * set it say how (`Builder.flags`).
 */
export type LazyDeclaration = {
  /**
   * The flags of a group are computed from the same sources, whatever the file. An instruction that sets some of them
   * materialises the others, so a group holds what instructions set together.
   */
  readonly group: string
  /** Every recipe by which instructions set the flag. */
  readonly recipes: readonly RecipeName[]
}

/** An architecture's declaration of one register file. */
export type RegisterFileDeclaration = {
  readonly type: Type
  /** Number of registers; 1 unless given. A file with computed indices needs a power of two. */
  readonly count?: number
  /** Significant bits of each register, for printing and for masking debugger writes; the type's width unless given. */
  readonly bits?: number
  /** Names as the manual prints them; file name plus number (or the file name alone) unless given. */
  readonly names?: readonly string[]
  /** Value of every register after reset; 0 unless given. */
  readonly reset?: Value
  /** Values after reset that differ from it, by register number. */
  readonly resets?: Readonly<Record<number, Value>>
  /**
   * "local" asks the engines to keep a single register in a WebAssembly local while they run, since nearly every
   * instruction uses it (condition flags). Helpers and exits see it in memory all the same.
   */
  readonly home?: "memory" | "local"
  /** How translated code may compute the file's flags lazily: all of them alike, or each by its number. */
  readonly lazy?: LazyDeclaration | ((index: number) => LazyDeclaration | undefined)
  /** Name of an earlier file whose storage this one shares in other units (ARM's S registers over D). */
  readonly overlays?: string
}

/** A register file and its place in linear memory. */
export type RegisterFile = {
  readonly name: string
  readonly type: Type
  readonly count: number
  readonly bits: number
  readonly names: readonly string[]
  readonly reset: Value
  readonly resets: Readonly<Record<number, Value>>
  readonly home: "memory" | "local"
  /** By number, how translated code may compute each register lazily; nothing for files without lazy flags. */
  readonly lazy: readonly (LazyDeclaration | undefined)[]
  /** Bytes from the start of the CPU's state block. */
  readonly offset: number
  /** The file whose storage it uses: its own name unless it overlays another. */
  readonly storage: string
}

/** All register files of an architecture. */
export type StateLayout<D extends Record<string, RegisterFileDeclaration>> = {
  readonly files: { readonly [K in keyof D]: RegisterFile }
  readonly list: readonly RegisterFile[]
  /** Bytes of the state block. */
  readonly size: number
}

/** Lays the declared register files out one after the other, each aligned to 8 bytes. */
export function defineState<const D extends Record<string, RegisterFileDeclaration>>(declarations: D): StateLayout<D> {
  let offset = 0
  const list: RegisterFile[] = []
  for (const [name, d] of Object.entries(declarations) as [string, RegisterFileDeclaration][]) {
    const count = d.count ?? 1
    const width = byteWidth(d.type)
    if (d.home === "local" && count !== 1) throw new Error(`state ${name}: only a single register can live in a local`)
    const names = d.names ?? (count === 1 ? [name] : Array.from({ length: count }, (_, i) => `${name}${i}`))
    if (names.length !== count) throw new Error(`state ${name}: ${names.length} names for ${count} registers`)
    const under = d.overlays === undefined ? undefined : list.find((file) => file.name === d.overlays)
    if (d.overlays !== undefined && under === undefined)
      throw new Error(`state ${name}: no file ${d.overlays} to overlay`)
    list.push({
      name,
      type: d.type,
      count,
      bits: d.bits ?? width * 8,
      names,
      reset: d.reset ?? (d.type === "i64" || d.type === "v128" ? 0n : 0),
      resets: d.resets ?? {},
      home: d.home ?? "memory",
      lazy: lazyFlags(d.lazy, count),
      offset: under?.offset ?? offset,
      storage: under?.storage ?? name,
    })
    if (!under) offset = (offset + count * width + 7) & ~7
  }
  const files = Object.fromEntries(list.map((file) => [file.name, file])) as { [K in keyof D]: RegisterFile }
  return { files, list, size: offset }
}

function lazyFlags(lazy: RegisterFileDeclaration["lazy"], count: number): RegisterFile["lazy"] {
  if (lazy === undefined) return []
  return Array.from({ length: count }, (_, index) => (typeof lazy === "function" ? lazy(index) : lazy))
}
