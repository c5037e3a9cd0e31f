// Lazy flags: translated code notes the sources of a flag and the recipe that computes it, and a reader materialises the
// flag. Notes outlive a region; before the interpreter goes on, all flags are materialised into their registers.

import {
  Builder,
  byteWidth,
  followRecipe,
  type Node,
  partsOf,
  type RecipeName,
  type RegisterFile,
  type Type,
} from "../ir/index.ts"
import { op } from "../ir/ops.ts"
import type { Architecture } from "../isa/index.ts"
import { Code, MEMORY, type Module, OP } from "../wasm/index.ts"
import { LAZY_FLAGS, LAZY_FLAGS_END } from "./layout.ts"
import { registerAddress } from "./registers.ts"

/** A flag that holds its recipe's number in some bits of a word: 0 if it stands in its register, else 1 + its place in `recipes`. */
export type LazyFlag = {
  /** Its number among all lazy flags. */
  readonly number: number
  readonly file: RegisterFile
  readonly index: number
  readonly name: string
  readonly group: FlagGroup
  readonly recipes: readonly RecipeName[]
  readonly word: number
  readonly shift: number
  /** The bits of the word that are its own. */
  readonly mask: number
}

/** Flags with common sources. */
export type FlagGroup = {
  readonly name: string
  /** Its number among all groups. */
  readonly number: number
  /** The sources as registers of a region: they live in locals. */
  readonly sources: RegisterFile
  /** Whether its flags may stay lazy from one region to the next. */
  readonly isCarried: boolean
  /** Where the sources of a carried group stand between regions. */
  readonly address: number
}

/** The lazy flags of an architecture. */
export type LazyFlags = {
  readonly flags: readonly LazyFlag[]
  readonly groups: readonly FlagGroup[]
  /** Words of recipe numbers; those from `carriedWords` on belong to groups that are not carried. */
  readonly words: number
  readonly carriedWords: number
  /** Flags with several recipes that stand for all flags like them: each has a function (`addMaterialisers`). */
  readonly choices: readonly LazyFlag[]
  /** The flag that a statement reads or writes; undefined if it is not a lazy one. */
  of(s: { readonly file: RegisterFile; readonly index: Node }): LazyFlag | undefined
}

/**
 * Most flags of a carried group. Where a region begins, nothing is known of carried flags, and each may have to be
 * materialised; a larger group is materialised where a region is left.
 */
const MOST_CARRIED = 8

/** Bytes of offset for the sources of one group: two of the longest type. */
const SOURCE_SPAN = 16

/** Whether a register file is the sources of a group: as no other, those have negative offsets. */
export const isSource = (file: RegisterFile): boolean => file.offset < 0

/** Address of a carried word of recipe numbers. */
export const wordAddress = (word: number): number => LAZY_FLAGS + word * 4

const known = new WeakMap<Architecture["state"], LazyFlags>()

/** The lazy flags of an architecture, from its declarations. */
export function lazyFlagsOf({ state }: Architecture): LazyFlags {
  let flags = known.get(state)
  if (!flags) known.set(state, (flags = layOut(state)))
  return flags
}

type Declared = Pick<LazyFlag, "file" | "index" | "recipes">

function layOut(state: Architecture["state"]): LazyFlags {
  const declared = new Map<string, Declared[]>()
  for (const file of state.list) {
    for (const [index, lazy] of file.lazy.entries()) {
      if (!lazy) continue
      const group = declared.get(lazy.group) ?? []
      group.push({ file, index, recipes: lazy.recipes })
      declared.set(lazy.group, group)
    }
  }
  const isCarried = (members: readonly Declared[]) => members.length <= MOST_CARRIED
  const ordered = [...declared].sort(([, a], [, b]) => Number(isCarried(b)) - Number(isCarried(a)))
  const words = new Words()
  const places = ordered.map(([, members], i) => {
    if (i > 0 && !isCarried(members) && isCarried(ordered[i - 1]![1])) words.begin()
    return words.place(members.map(({ recipes }) => bitsOf(recipes)))
  })
  const carriedWords = Math.max(
    0,
    ...places.flatMap((p, i) => (isCarried(ordered[i]![1]) ? p : [])).map((p) => p.word + 1),
  )
  const flags: LazyFlag[] = []
  const groups: FlagGroup[] = []
  let address = (wordAddress(carriedWords) + 7) & ~7
  for (const [i, [name, members]] of ordered.entries()) {
    const sources = sourcesOf(name, members, i)
    groups.push({ name, number: i, sources, isCarried: isCarried(members), address })
    if (isCarried(members)) address += sources.count * byteWidth(sources.type)
    for (const [n, member] of members.entries())
      flags.push({ ...member, ...places[i]![n]!, number: flags.length, name: nameOf(member), group: groups[i]! })
  }
  if (address > LAZY_FLAGS_END) throw new Error("there are more lazy flags than room for their sources")
  const choices: LazyFlag[] = []
  for (const flag of flags) if (flag.recipes.length > 1 && !choices.some((c) => isFor(c, flag))) choices.push(flag)
  const byFile = new Map<RegisterFile, LazyFlag[]>()
  for (const flag of flags) {
    const ofFile = byFile.get(flag.file) ?? []
    ofFile[flag.index] = flag
    byFile.set(flag.file, ofFile)
  }
  return {
    flags,
    groups,
    words: words.count,
    carriedWords,
    choices,
    of: ({ file, index }) =>
      file.lazy.length > 0 && index.kind === "const" ? byFile.get(file)?.[Number(index.value)] : undefined,
  }
}

const nameOf = ({ file, index }: Declared) => file.names[index]!
const bitsOf = (recipes: readonly RecipeName[]) => 32 - Math.clz32(recipes.length)

// Whether the function of a choice is for the flag.
const isFor = (choice: LazyFlag, { recipes, group: { sources } }: LazyFlag): boolean =>
  choice.recipes.join() === recipes.join() &&
  choice.group.sources.type === sources.type &&
  choice.group.sources.count === sources.count

/** Gives out bits of words, those of a group in one word if it fits. */
class Words {
  count = 0
  #free = 0

  begin(): void {
    this.#free = 32
    this.count++
  }

  place(widths: readonly number[]): { word: number; shift: number; mask: number }[] {
    const all = widths.reduce((sum, width) => sum + width, 0)
    if (all <= 32 && all > this.#free) this.begin()
    return widths.map((width) => {
      if (width > this.#free) this.begin()
      const shift = 32 - this.#free
      this.#free -= width
      return { word: this.count - 1, shift, mask: ((1 << width) - 1) << shift }
    })
  }
}

function sourcesOf(name: string, members: readonly Declared[], number: number): RegisterFile {
  const parts = members.flatMap(({ recipes }) => recipes.map(partsOf))
  const type = parts.some((part) => part.type === "i64") ? "i64" : "i32"
  const count = Math.max(...parts.map(({ sources }) => sources))
  return {
    name: `${name}.source`,
    type,
    count,
    bits: byteWidth(type) * 8,
    names: count === 1 ? [name] : Array.from({ length: count }, (_, n) => `${name}${n}`),
    reset: type === "i64" ? 0n : 0,
    resets: {},
    home: "local",
    lazy: [],
    offset: -SOURCE_SPAN * (number + 1),
    storage: `${name}.source`,
  }
}

// Flags are computed by pure operations alone, which no context changes.
const builder = new Builder({ addressType: "i32", length: 0 })

/** A flag by its recipe, from the group's sources by their numbers. */
export function materialised(name: RecipeName, source: (number: number) => Node): Node {
  const { type, sources } = partsOf(name)
  const values = Array.from({ length: sources }, (_, n) => {
    const value = source(n)
    return value.type === type ? value : builder.wrap(value)
  })
  return followRecipe(builder, name, values)
}

/** A value as the source of a group. */
export const asSource = ({ sources }: FlagGroup, value: Node): Node =>
  value.type === sources.type ? value : { kind: "op", type: "i64", op: op("i64.extendU"), args: [value] }

// Pushes a flag by its recipe, from sources in locals from that one on.
function pushMaterialised(code: Code, name: RecipeName, { sources: { type } }: FlagGroup, sources: number): void {
  const locals = new Map<Node, number>()
  const push = (n: Node): void => {
    const local = locals.get(n)
    if (local !== undefined) code.get(local)
    else if (n.kind === "const" && n.type === "i64") code.i64(BigInt(n.value))
    else if (n.kind === "const") code.i32(Number(n.value))
    else if (n.kind === "op") {
      for (const arg of n.args) push(arg)
      code.raw(n.op.code)
    }
  }
  push(
    materialised(name, (number) => {
      const node: Node = { kind: "pc", type }
      locals.set(node, sources + number)
      return node
    }),
  )
}

/** Pushes a flag by the recipe of that number; its sources are in locals from that one on. */
export function pushFlag(code: Code, { recipes, group }: LazyFlag, recipe: number, sources: number): void {
  pushMaterialised(code, recipes[recipe - 1]!, group, sources)
}

/** What code needs to materialise a flag whose recipe only running tells. */
export type Materialising = {
  readonly flag: LazyFlag
  /** Local of the word with its recipe, and the first of its sources. */
  readonly word: number
  readonly sources: number
  /** Number of the first function of `addMaterialisers`. */
  readonly first: number
  /** Puts the flag that a function pushes into its register. */
  readonly put: (push: () => void) => void
}

/** Puts a flag into its register, unless it is there. */
export function emitMaterialise(code: Code, lazy: LazyFlags, { flag, word, sources, first, put }: Materialising): void {
  const { recipes, group, shift, mask } = flag
  code.get(word).i32(mask).u8(OP.i32And).if()
  put(() => {
    if (recipes.length === 1) {
      pushFlag(code, flag, 1, sources)
      return
    }
    code.get(word)
    if (shift !== 0) code.i32(shift).u8(OP.i32ShrU)
    code.i32(mask >>> shift).u8(OP.i32And)
    for (let n = 0; n < group.sources.count; n++) code.get(sources + n)
    code.call(first + lazy.choices.findIndex((choice) => isFor(choice, flag)))
  })
  code.end()
}

/** Adds the functions that compute flags by one of several recipes, given its number and the sources. */
export function addMaterialisers(module: Module, arch: Architecture): void {
  for (const { recipes, group } of lazyFlagsOf(arch).choices) {
    const code = new Code()
    for (const [i, name] of recipes.entries()) {
      const isLast = i === recipes.length - 1
      if (!isLast)
        code
          .get(0)
          .i32(i + 1)
          .u8(OP.i32Eq)
          .if()
      pushMaterialised(code, name, group, 1)
      if (!isLast) code.return().end()
    }
    const { type, count } = group.sources
    module.addFunction({ params: ["i32", ...new Array<Type>(count).fill(type)], result: "i32" }, [], code)
  }
}

/** Adds a function that materialises all carried flags, given the first of `addMaterialisers`; gives its number. */
export function addMaterialiseAll(module: Module, arch: Architecture, first: number): number {
  const lazy = lazyFlagsOf(arch)
  const { flags, groups, carriedWords } = lazy
  const code = new Code()
  const locals: Type[] = new Array<Type>(carriedWords).fill("i32")
  const load = (type: Type, address: number) => code.i32(0).memory(MEMORY[type].load, address)
  for (let word = 0; word < carriedWords; word++) load("i32", wordAddress(word)).set(word)
  for (const group of groups.filter(({ isCarried }) => isCarried)) {
    const { type, count } = group.sources
    const sources = locals.length
    for (let n = 0; n < count; n++) {
      locals.push(type)
      load(type, group.address + n * byteWidth(type)).set(sources + n)
    }
    for (const flag of flags.filter((f) => f.group === group)) {
      const put = (push: () => void) => {
        code.i32(0)
        push()
        code.memory(MEMORY.i32.store, registerAddress(flag.file, flag.index))
      }
      emitMaterialise(code, lazy, { flag, word: flag.word, sources, first, put })
    }
  }
  for (let word = 0; word < carriedWords; word++) code.i32(0).i32(0).memory(MEMORY.i32.store, wordAddress(word))
  return module.addFunction({ params: [] }, locals, code)
}

/** Pushes whether some carried flag is lazy; the architecture must have some. */
export function pushIsSomeLazy(code: Code, { carriedWords }: LazyFlags): void {
  for (let word = 0; word < carriedWords; word++) {
    code.i32(0).memory(MEMORY.i32.load, wordAddress(word))
    if (word > 0) code.u8(OP.i32Or)
  }
}
