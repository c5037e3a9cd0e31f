// Registers as passes tell them apart, and what is common to passes that follow values through the registers.

import { type Block, blocksOf, byteWidth, type Node, operandsOf, type RegisterFile } from "../../ir/index.ts"
import type { Architecture } from "../../isa/index.ts"

/** Number of a register; undefined for storage that has several names (ARM's S and D registers). */
export type KeyOf = (file: RegisterFile, index: Node | number) => number | undefined

const known = new WeakMap<Architecture, KeyOf>()

/** What numbers the registers of an architecture; sources of lazy flags, whose offsets are negative, have negative numbers. */
export function registerKeys(arch: Architecture): KeyOf {
  let keyOf = known.get(arch)
  if (keyOf) return keyOf
  const { list } = arch.state
  const shared = new Set(list.filter(({ name, storage }) => name !== storage).map(({ storage }) => storage))
  keyOf = (file, index) => {
    const number = typeof index === "number" ? index : index.kind === "const" ? Number(index.value) : undefined
    if (number === undefined || shared.has(file.storage)) return undefined
    return file.offset + number * byteWidth(file.type)
  }
  known.set(arch, keyOf)
  return keyOf
}

/** Whether a pure operation divides integers: it may trap. */
export const mayTrap = (name: string): boolean => name[0] === "i" && (name.includes(".div") || name.includes(".rem"))

/** The block without the registers' values that nothing uses. */
export function withoutUnused(block: Block): Block {
  const used = new Set<Node>()
  const use = (n: Node) => {
    if (used.has(n)) return
    used.add(n)
    operandsOf(n).forEach(use)
  }
  const collect = (inner: Block) => {
    for (const s of inner) {
      operandsOf(s).forEach(use)
      blocksOf(s).forEach(collect)
    }
  }
  collect(block)
  const clean = (inner: Block): Block =>
    inner.flatMap((s): Block => {
      if (s.kind === "get" && !used.has(s)) return []
      if (s.kind === "if") return [{ ...s, passed: clean(s.passed), otherwise: clean(s.otherwise) }]
      return s.kind === "eachBit" ? [{ ...s, body: clean(s.body) }] : [s]
    })
  return clean(block)
}
