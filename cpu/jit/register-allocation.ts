// Register allocation: the guest registers with the most accesses in a region live in locals. The others stay in memory.

import { isSource, type LazyFlag } from "../codegen/lazy-flags.ts"
import { registerAddress } from "../codegen/registers.ts"
import { type Block, blocksOf, type Node, type RegisterFile, type Type } from "../ir/index.ts"
import { loopDepths } from "./graph.ts"
import type { Plan } from "./passes/plan.ts"

// Allocated registers per file. V8 has few more host registers: it spills the locals beyond them to the stack, and each
// still costs a load at region entry and a store at exits.
const MAX_PER_FILE = 6
// Weight of an access per loop around it, and the nesting depth up to which loops count.
const LOOP_WEIGHT = 8
const MAX_LOOPS = 2

/** A guest register that is allocated to a local. */
export type AllocatedRegister = {
  /** Its address in linear memory. */
  readonly address: number
  readonly local: number
  readonly type: Type
  readonly name: string
  readonly isWritten: boolean
}

type Used = { file: RegisterFile; index: number; isWritten: boolean; weight: number }

/**
 * Allocates registers to locals, which are numbered from `first` on; returns them by address in linear memory. The flags
 * `atExit` count as written, since exits materialise them.
 */
export function allocateRegisters(
  { arch, blocks, graph }: Plan,
  atExit: readonly LazyFlag[],
  first: number,
): ReadonlyMap<number, AllocatedRegister> {
  const depth = loopDepths(graph)
  const used = new Map<number, Used>()
  const names = new Map<string, RegisterFile>()
  // Storage that the region accesses through several register files stays in memory: their registers overlap. So does what
  // exits of the region write and read in memory.
  const { ISA, CONTEXT } = arch.engine
  const shared = new Set([ISA.storage, CONTEXT.storage])
  const use = (file: RegisterFile, index: number, isWritten: boolean, weight: number) => {
    const known = names.get(file.storage)
    if (known === undefined) names.set(file.storage, file)
    else if (known !== file) shared.add(file.storage)
    const address = registerAddress(file, index)
    let register = used.get(address)
    if (!register) {
      register = { file, index, isWritten, weight: 0 }
      used.set(address, register)
    }
    register.weight += weight
    register.isWritten ||= isWritten
  }
  const walk = (block: Block, weight: number) => {
    for (const s of block) {
      if (s.kind !== "get" && s.kind !== "set") for (const inner of blocksOf(s)) walk(inner, weight)
      else if (!isSource(s.file)) {
        const number = constantIndex(s.index)
        // Storage that is accessed by a computed register number stays in memory: the access may be to any of its registers.
        if (number === undefined) shared.add(s.file.storage)
        else use(s.file, number, s.kind === "set", weight)
      }
    }
  }
  for (const [number, { steps }] of blocks.entries()) {
    const weight = LOOP_WEIGHT ** Math.min(depth[number + 1]!, MAX_LOOPS)
    for (const { ir, materialise } of steps) {
      walk(ir, weight)
      for (const { flag } of materialise) use(flag.file, flag.index, true, weight)
    }
  }
  for (const { file, index } of atExit) use(file, index, true, 0)
  const free = new Map<string, number>()
  const allocated = new Map<number, AllocatedRegister>()
  for (const [address, { file, index, isWritten }] of [...used].sort(([, a], [, b]) => b.weight - a.weight)) {
    const { type, storage, names: registers } = file
    const room = free.get(storage) ?? MAX_PER_FILE
    if (room === 0 || shared.has(storage)) continue
    free.set(storage, room - 1)
    allocated.set(address, { address, local: first + allocated.size, type, name: registers[index]!, isWritten })
  }
  return allocated
}

/** The register number of an index node; undefined if it is computed at run time. */
export const constantIndex = (index: Node): number | undefined =>
  index.kind === "const" ? Number(index.value) : undefined
