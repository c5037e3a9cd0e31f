// A generated interpreter as data. A build makes it once, since generation takes longer than the boot of a small guest.

import type { Architecture } from "../isa/index.ts"
import type { Generated, VariantTree } from "./generate.ts"

/** The index of a generated interpreter as JSON, in a file beside its WebAssembly module. */
export type StoredIndex = {
  readonly names: readonly string[]
  /** One tree for each instruction, in the order of the architecture's sets. */
  readonly variants: readonly StoredTree[]
  readonly guards: readonly (readonly [key: string, handler: number])[]
  readonly undefined: readonly (readonly [format: string, handler: number])[]
}

// A handler with the operand to compute ("" for none), or a modifier with the tree of each value (0 for none).
type StoredTree =
  | readonly [handler: number, computed: string]
  | { readonly [modifier: string]: readonly (StoredTree | 0)[] }

const instructionsOf = (arch: Architecture) => arch.formats.flatMap((f) => f.sets.flatMap((s) => s.instructions))

/** Converts the index of a generated interpreter to plain data. */
export function storeIndex(arch: Architecture, { names, index }: Generated): StoredIndex {
  const variants = instructionsOf(arch).map((i) => store(index.variants.get(i)!))
  return { names, variants, guards: [...index.guards], undefined: [...index.undefined] }
}

/** Restores a stored interpreter; throws if the number of instructions shows another version of the architecture. */
export function loadPrebuilt(arch: Architecture, bytes: Uint8Array, stored: StoredIndex): Generated {
  const instructions = instructionsOf(arch)
  if (instructions.length !== stored.variants.length)
    throw new Error(`the stored interpreter belongs to another version of ${arch.name}`)
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
