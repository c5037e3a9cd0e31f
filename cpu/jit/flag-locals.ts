// The WebAssembly locals of a region's lazy flags: the words of recipe numbers and the group sources that it uses.

import {
  type FlagGroup,
  isSource,
  type LazyFlag,
  type LazyFlags,
  lazyFlagsOf,
  wordAddress,
} from "../codegen/lazy-flags.ts"
import { type Block, blocksOf, byteWidth, type RegisterFile, type Type } from "../ir/index.ts"
import type { Plan } from "./passes/plan.ts"

/** A local. The address is its place in memory between regions, and has a meaning only if the local is carried. */
type FlagLocal = {
  readonly local: number
  readonly type: "i32" | "i64"
  readonly name: string
  readonly address: number
}

/** The flags of uncarried groups that the region may leave lazy: it materialises them at its exits. */
export function flagsAtExit({ arch, blocks }: Plan): LazyFlag[] {
  const lazy = lazyFlagsOf(arch)
  if (lazy.words === lazy.carriedWords) return []
  const changes = blocks.flatMap(({ steps }) => steps.flatMap(({ recipes }) => recipes))
  const isLeft = (flag: LazyFlag) => changes.some(({ word, value }) => word === flag.word && (value & flag.mask) !== 0)
  return lazy.flags.filter((flag) => !flag.group.isCarried && isLeft(flag))
}

/** Assigns locals to a region's lazy flags. */
export class FlagLocals {
  readonly lazy: LazyFlags
  /** Flags that are materialised at exits (`flagsAtExit`). */
  readonly atExit: readonly LazyFlag[]
  /** All locals, in order. */
  readonly all: readonly FlagLocal[]
  /** The locals that are loaded at region entry and stored at exits. */
  readonly carried: readonly FlagLocal[]
  /** Index of the first local behind these. */
  readonly end: number
  readonly #words = new Map<number, number>()
  /** The first local of each group, by the register file of its sources. */
  readonly #sources = new Map<RegisterFile, number>()

  /** Locals are numbered from `first` on. */
  constructor(plan: Plan, atExit: readonly LazyFlag[], first: number) {
    this.lazy = lazyFlagsOf(plan.arch)
    this.atExit = atExit
    const all: FlagLocal[] = []
    const carried = new Set<FlagLocal>()
    const add = (isCarried: boolean, type: Type, name: string, address: number) => {
      const local = { local: first + all.length, type: type as "i32" | "i64", name, address }
      all.push(local)
      if (isCarried) carried.add(local)
      return local.local
    }
    const { words, sources } = usedBy(plan, atExit)
    for (const group of this.lazy.groups) {
      const { names, type } = group.sources
      if (!sources.has(group.sources)) continue
      const locals = names.map((name, n) => add(group.isCarried, type, name, group.address + n * byteWidth(type)))
      this.#sources.set(group.sources, locals[0]!)
    }
    for (const word of [...words].sort((a, b) => a - b))
      this.#words.set(word, add(word < this.lazy.carriedWords, "i32", `recipes${word}`, wordAddress(word)))
    this.all = all
    this.carried = [...carried]
    this.end = first + all.length
  }

  /** The local of a word of recipe numbers. */
  word(word: number): number {
    return this.#words.get(word)!
  }

  /** The local of a group's source; those of its other sources are adjacent. */
  source({ sources }: FlagGroup, number: number): number {
    return this.sourceOf(sources, number)
  }

  /** The local of a source, given the register file of its group's sources. */
  sourceOf(sources: RegisterFile, number: number): number {
    return this.#sources.get(sources)! + number
  }
}

function usedBy({ blocks }: Plan, atExit: readonly LazyFlag[]): { words: Set<number>; sources: Set<RegisterFile> } {
  const words = new Set<number>()
  const sources = new Set<RegisterFile>()
  const use = ({ word, group }: LazyFlag) => {
    words.add(word)
    sources.add(group.sources)
  }
  const walk = (block: Block) => {
    for (const s of block) {
      if (s.kind === "get" || s.kind === "set") {
        if (isSource(s.file)) sources.add(s.file)
      } else for (const inner of blocksOf(s)) walk(inner)
    }
  }
  for (const { steps } of blocks) {
    for (const { ir, materialise, recipes } of steps) {
      walk(ir)
      for (const { flag } of materialise) use(flag)
      for (const { word } of recipes) words.add(word)
    }
  }
  atExit.forEach(use)
  return { words, sources }
}
