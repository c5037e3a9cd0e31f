// A generated interpreter as data, so that a build can make it once: generating takes longer than booting small guests.

import type { Architecture } from "../isa/index.ts"
import type { Generated, VariantTree } from "./generate.ts"

/** What a file of JSON beside the WebAssembly module holds. */
export type StoredIndex = {
  readonly names: readonly string[]
  /** One tree for each instruction, in the order of the architecture's sets. */
  readonly variants: readonly StoredTree[]
  readonly guards: readonly (readonly [key: string, handler: number])[]
  readonly undefined: readonly (readonly [format: string, handler: number])[]
}

/** A handler with the operand to compute, or a modifier with the trees of its values (0 for none). */
type StoredTree =
  | readonly [handler: number, computed: string]
  | { readonly [modifier: string]: readonly (StoredTree | 0)[] }

const instructionsOf = (arch: Architecture) => arch.formats.flatMap((f) => f.sets.flatMap((s) => s.instructions))

/** The index of a generated interpreter as plain data. */
export function storeIndex(arch: Architecture, { names, index }: Generated): StoredIndex {
  const variants = instructionsOf(arch).map((i) => store(index.variants.get(i)!))
  return { names, variants, guards: [...index.guards], undefined: [...index.undefined] }
}

/** The interpreter of the architecture that was stored; throws if it belongs to another version of the architecture. */
export function loadPrebuilt(arch: Architecture, bytes: Uint8Array, stored: StoredIndex): Generated {
  const instructions = instructionsOf(arch)
  if (instructions.length !== stored.variants.length)
    throw new Error(`the stored interpreter is not that of ${arch.name}`)
  return {
    bytes,
    names: stored.names,
    index: {
      variants: new Map(instructions.map((i, n) => [i, load(stored.variants[n]!)])),
      guards: new Map(stored.guards),
      undefined: new Map(stored.undefined),
    },
  }
}

function store(tree: VariantTree): StoredTree {
  if (!("modifier" in tree)) return [tree.handler, tree.computed ?? ""]
  return { [tree.modifier]: Array.from(tree.children, (child) => (child ? store(child) : 0)) }
}

function load(tree: StoredTree): VariantTree {
  if (isLeaf(tree)) return { handler: tree[0], computed: tree[1] === "" ? undefined : tree[1] }
  const [modifier, children] = Object.entries(tree)[0]!
  return { modifier, children: children.map((child) => (child === 0 ? undefined : load(child))) }
}

const isLeaf = (tree: StoredTree): tree is readonly [number, string] => Array.isArray(tree)
