// The registers that a region holds in locals: those that it uses most. The others stay in memory.

import { isSource, type LazyFlag } from "../codegen/lazy-flags.ts"
import { registerAddress } from "../codegen/registers.ts"
import { type Block, blocksOf, type Node, type RegisterFile, type Type } from "../ir/index.ts"
import { depths } from "./graph.ts"
import type { Plan } from "./passes/plan.ts"

/**
 * Most registers of a file. The machine has not many more for a compiler of WebAssembly, and a local that gets none of them
 * is in memory as well, after a transfer at each entry and exit.
 */
const MOST = 6
/** How much more an access counts for each loop around it, and of how many loops that goes. */
const LOOP = 8
const MOST_LOOPS = 2

/** A register in a local. */
export type Held = {
  /** Its address in memory. */
  readonly address: number
  readonly local: number
  readonly type: Type
  readonly name: string
  readonly isWritten: boolean
}

type Used = { file: RegisterFile; index: number; isWritten: boolean; weight: number }

/**
 * The registers that are held, by address; their locals are numbered from `first` on. Some flags are materialised where
 * the region is left.
 */
export function heldRegisters(
  { blocks, graph }: Plan,
  atExit: readonly LazyFlag[],
  first: number,
): ReadonlyMap<number, Held> {
  const depth = depths(graph)
  const used = new Map<number, Used>()
  const names = new Map<string, RegisterFile>()
  // Storage that is used under two names, such as ARM's S and D registers, stays in memory.
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
      else if (!isSource(s.file)) use(s.file, constantIndex(s.file, s.index), s.kind === "set", weight)
    }
  }
  for (const [number, { steps }] of blocks.entries()) {
    const weight = LOOP ** Math.min(depth[number + 1]!, MOST_LOOPS)
    for (const { ir, materialise } of steps) {
      walk(ir, weight)
      for (const { flag } of materialise) use(flag.file, flag.index, true, weight)
    }
  }
  for (const { file, index } of atExit) use(file, index, true, 0)
  const left = new Map<string, number>()
  const held = new Map<number, Held>()
  for (const [address, { file, index, isWritten }] of [...used].sort(([, a], [, b]) => b.weight - a.weight)) {
    const { type, storage, names: registers } = file
    const free = left.get(storage) ?? MOST
    if (free === 0 || shared.has(storage)) continue
    left.set(storage, free - 1)
    held.set(address, { address, local: first + held.size, type, name: registers[index]!, isWritten })
  }
  return held
}

/** Number of a register that is named by a constant, as each is in a translated instruction. */
export function constantIndex(file: RegisterFile, index: Node): number {
  if (index.kind !== "const") throw new Error(`${file.name} is read by a computed index`)
  return Number(index.value)
}
