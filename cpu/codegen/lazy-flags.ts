// Lazy flags: translated code stores the sources of a flag and the number of the recipe that computes it. A reader
// materialises the flag. Recipes outlive a region; before the interpreter continues, all flags are materialised.

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

/** A lazy flag. Some bits of a word have its recipe: 0 if the flag is in its register, else 1 + index into `recipes`. */
export type LazyFlag = {
  /** Its number among all lazy flags. */
  readonly number: number
  readonly file: RegisterFile
  readonly index: number
  readonly name: string
  readonly group: FlagGroup
  readonly recipes: readonly RecipeName[]
  /** Number of the word, and the lowest bit of the recipe in it. */
  readonly word: number
  readonly shift: number
  /** The recipe's bits of the word. */
  readonly mask: number
}

/** Flags with common sources. */
export type FlagGroup = {
  readonly name: string
  /** Its number among all groups. */
  readonly number: number
  /** The sources, as registers that a region keeps in locals. */
  readonly sources: RegisterFile
  /** Whether its flags may stay lazy from one region to the next. */
  readonly isCarried: boolean
  /** Address of a carried group's sources between regions. */
  readonly address: number
}

/** The lazy flags of an architecture. */
export type LazyFlags = {
  readonly flags: readonly LazyFlag[]
  readonly groups: readonly FlagGroup[]
  /** Number of words of recipes; those from `carriedWords` on belong to groups that are not carried. */
  readonly words: number
  readonly carriedWords: number
  /** One flag of each kind with several recipes: flags with equal recipes and sources share a function. */
  readonly choices: readonly LazyFlag[]
  /** The lazy flag that a statement reads or writes; undefined if there is none. */
  of(s: { readonly file: RegisterFile; readonly index: Node }): LazyFlag | undefined
}

/**
 * Most flags of a carried group. A region knows nothing of carried flags at its entry, so it has code that materialises
 * each one. Larger groups are materialised when a region exits.
 */
const MOST_CARRIED = 8

/** Bytes of offset for the sources of one group: two of the longest type. */
const SOURCE_SPAN = 16

/** Whether a register file is the sources of a group: only those have negative offsets. */
export const isSource = (file: RegisterFile): boolean => file.offset < 0

/** Address in linear memory of a carried word of recipe numbers. */
export const wordAddress = (word: number): number => LAZY_FLAGS + word * 4

const known = new WeakMap<Architecture["state"], LazyFlags>()

/** The lazy flags of an architecture, from its declarations; throws if their sources need more than the reserved memory. */
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
  if (address > LAZY_FLAGS_END) throw new Error("the sources of the lazy flags do not fit into their memory")
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

// Whether the function of a choice computes the flag.
const isFor = (choice: LazyFlag, { recipes, group: { sources } }: LazyFlag): boolean =>
  choice.recipes.join() === recipes.join() &&
  choice.group.sources.type === sources.type &&
  choice.group.sources.count === sources.count

/** Allocates bits of words. A group shares one word if it fits. */
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

// Recipes are pure operations: they do not depend on the builder's address type or length.
const builder = new Builder({ addressType: "i32", length: 0 })

/** The value of a flag (i32, 0 or 1) by its recipe; `source` gives a source of the group by number. */
export function materialised(name: RecipeName, source: (number: number) => Node): Node {
  const { type, sources } = partsOf(name)
  const values = Array.from({ length: sources }, (_, n) => {
    const value = source(n)
    return value.type === type ? value : builder.wrap(value)
  })
  return followRecipe(builder, name, values)
}

/** A value, extended to the type of the group's sources. */
export const asSource = ({ sources }: FlagGroup, value: Node): Node =>
  value.type === sources.type ? value : { kind: "op", type: "i64", op: op("i64.extendU"), args: [value] }

// Pushes a flag by its recipe. `sources` is the first of the locals that have the sources.
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

/** Pushes a flag by the recipe of that number (from 1); `sources` is the first of the locals that have its sources. */
export function pushFlag(code: Code, { recipes, group }: LazyFlag, recipe: number, sources: number): void {
  pushMaterialised(code, recipes[recipe - 1]!, group, sources)
}

/** What `emitMaterialise` needs for a flag whose recipe is known only at run time. */
export type Materialising = {
  readonly flag: LazyFlag
  /** Local of the word with its recipe, and the first local of its sources. */
  readonly word: number
  readonly sources: number
  /** Index of the first function of `addMaterialisers`. */
  readonly first: number
  /** Writes code that stores the flag in its register; `push` pushes the flag. */
  readonly put: (push: () => void) => void
}

/** Writes code that materialises a flag in its register, unless it is there already. */
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

/** Adds a function for each of `choices`: (recipe number, sources) → flag. */
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

/**
 * Adds a function without parameters that materialises all carried flags, and returns its index. `first` is the index of the
 * first function of `addMaterialisers`.
 */
export function addMaterialiseAll(module: Module, arch: Architecture, first: number): number {
  const lazy = lazyFlagsOf(arch)
  const { flags, groups, carriedWords } = lazy
  const code = new Code()
  const locals: Type[] = new Array<Type>(carriedWords).fill("i32")
  const load = (type: Type, address: number) => code.base().memory(MEMORY[type].load, address)
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
        code.base()
        push()
        code.memory(MEMORY.i32.store, registerAddress(flag.file, flag.index))
      }
      emitMaterialise(code, lazy, { flag, word: flag.word, sources, first, put })
    }
  }
  for (let word = 0; word < carriedWords; word++) code.base().i32(0).memory(MEMORY.i32.store, wordAddress(word))
  return module.addFunction({ params: [] }, locals, code)
}

/** Pushes nonzero if a carried flag is lazy; the architecture must have carried flags. */
export function pushIsSomeLazy(code: Code, { carriedWords }: LazyFlags): void {
  for (let word = 0; word < carriedWords; word++) {
    code.base().memory(MEMORY.i32.load, wordAddress(word))
    if (word > 0) code.u8(OP.i32Or)
  }
}
