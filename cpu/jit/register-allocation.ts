// Register allocation: the guest registers that a region uses most live in locals. The others stay in memory.

import { isSource, type LazyFlag } from "../codegen/lazy-flags.ts"
import { registerAddress } from "../codegen/registers.ts"
import { type Block, blocksOf, type Node, type RegisterFile, type Type } from "../ir/index.ts"
import { loopDepths } from "./graph.ts"
import type { Plan } from "./passes/plan.ts"

/**
 * Allocated registers of a file. The host has few more for V8 to use. A local without a host register is spilled to the
 * stack, and still has to be loaded and stored at each entry and exit.
 */
const MAX_PER_FILE = 6
/** Factor by which an access weighs more for each loop around it, and the number of loops that count. */
const LOOP_WEIGHT = 8
const MAX_LOOPS = 2

/** A register in a local. */
export type AllocatedRegister = {
  /** Its address in memory. */
  readonly address: number
  readonly local: number
  readonly type: Type
  readonly name: string
  readonly isWritten: boolean
}

type Used = { file: RegisterFile; index: number; isWritten: boolean; weight: number }

/**
 * The registers that live in locals, by address; the locals are numbered from `first` on. Some flags are materialised
 * where the region exits.
 */
export function allocateRegisters(
  { blocks, graph }: Plan,
  atExit: readonly LazyFlag[],
  first: number,
): ReadonlyMap<number, AllocatedRegister> {
  const depth = loopDepths(graph)
  const used = new Map<number, Used>()
  const names = new Map<string, RegisterFile>()
  // Storage that the region uses under two names, such as ARM's S and D registers, stays in memory.
  const shared = new Set<string>()
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
        // Storage with a computed register number stays in memory: that may be any of its registers.
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

/** The number of a register; undefined if it is computed. */
export const constantIndex = (index: Node): number | undefined =>
  index.kind === "const" ? Number(index.value) : undefined
