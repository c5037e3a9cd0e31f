// Register keys, and other helpers of the passes that follow values through registers.

import { type Block, blocksOf, byteWidth, type Node, operandsOf, type RegisterFile } from "../../ir/index.ts"
import type { Architecture } from "../../isa/index.ts"
import type { Plan } from "./plan.ts"

/** The key of a register; undefined if its storage has several names or is accessed by computed register numbers. */
export type KeyOf = (file: RegisterFile, index: Node | number) => number | undefined

const keysOfArchitecture = new WeakMap<Architecture, KeyOf>()

/** The register keys of a plan: unique numbers. The sources of lazy flags have negative ones, as their offsets are. */
export function registerKeys({ arch, blocks }: Plan): KeyOf {
  const computed = new Set<string>()
  for (const { steps } of blocks)
    for (const { ir } of steps) forEachComputedIndex(ir, (file) => computed.add(file.storage))
  if (computed.size > 0) return keysWithout(arch, computed)
  let keyOf = keysOfArchitecture.get(arch)
  if (!keyOf) keysOfArchitecture.set(arch, (keyOf = keysWithout(arch, computed)))
  return keyOf
}

function keysWithout({ state: { list } }: Architecture, computed: ReadonlySet<string>): KeyOf {
  // A write through another name, or by a computed register number, would go unnoticed.
  const shared = list.filter(({ name, storage }) => name !== storage).map(({ storage }) => storage)
  const untracked = new Set([...shared, ...computed])
  return (file, index) => {
    const number = typeof index === "number" ? index : index.kind === "const" ? Number(index.value) : undefined
    if (number === undefined || untracked.has(file.storage)) return undefined
    return file.offset + number * byteWidth(file.type)
  }
}

const NONE: readonly RegisterFile[] = []
const computedOfIr = new WeakMap<Block, readonly RegisterFile[]>()

// Equal instructions share their IR, so it is walked once.
function forEachComputedIndex(ir: Block, visit: (file: RegisterFile) => void): void {
  let files = computedOfIr.get(ir)
  if (!files) computedOfIr.set(ir, (files = computedFiles(ir)))
  for (const file of files) visit(file)
}

function computedFiles(block: Block): readonly RegisterFile[] {
  const found = block.flatMap((s) => [
    ...((s.kind === "get" || s.kind === "set") && s.index.kind !== "const" ? [s.file] : []),
    ...blocksOf(s).flatMap(computedFiles),
  ])
  return found.length > 0 ? found : NONE
}

/** Whether a pure operation may trap in WebAssembly: integer division and remainder. */
export const mayTrap = (name: string): boolean => name[0] === "i" && (name.includes(".div") || name.includes(".rem"))

/** A block without the register reads whose values are unused. */
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
