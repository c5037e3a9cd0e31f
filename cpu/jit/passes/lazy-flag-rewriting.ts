// Rewrites the IR of an instruction for lazy flags. A set of flags becomes a set of their sources, and a read becomes the
// formula of the flag's recipe. A test of several flags of one comparison becomes that comparison.

import { asSource, type FlagGroup, type LazyFlag, type LazyFlags, materialised } from "../../codegen/lazy-flags.ts"
import { type Block, type Node, partsOf, type Statement } from "../../ir/index.ts"
import { op } from "../../ir/ops.ts"
import type { FlagFacts } from "./lazy-flag-facts.ts"

/** What is known of flags before an instruction. */
export type KnownFlags = {
  /** The number of a flag's recipe; 0 if its register holds it. */
  recipe(flag: LazyFlag): number
  /** The group whose two sources the group's own source is the difference of; undefined if none is known. */
  difference(group: FlagGroup): FlagGroup | undefined
}

type Operation = Extract<Node, { kind: "op" }>
type Source = Extract<Statement, { kind: "get" }>

/** A comparison of the two sources of a group. */
type Comparison = { readonly group: FlagGroup; readonly type: "i32" | "i64"; readonly relation: string }

const INVERSE: Readonly<Record<string, string>> = {
  eq: "ne",
  ne: "eq",
  ltS: "geS",
  geS: "ltS",
  gtS: "leS",
  leS: "gtS",
  ltU: "geU",
  geU: "ltU",
  gtU: "leU",
  leU: "gtU",
}

/** A relation combined with "not equal". */
const AND_NOT_EQUAL: Readonly<Record<string, string>> = { geS: "gtS", leS: "ltS", geU: "gtU", leU: "ltU" }

const constant = (value: number): Node => ({ kind: "const", type: "i32", value })

/** The inverse of an integer comparison; undefined for other operations. */
function inverseOf(n: Node): Node | undefined {
  if (n.kind !== "op" || n.op.params[0]![0] !== "i") return undefined
  const [type, relation] = n.op.name.split(".") as [string, string]
  const inverse = INVERSE[relation]
  return inverse === undefined ? undefined : { ...n, op: op(`${type}.${inverse}`) }
}

/** Rewrites the IR of one instruction; each instance is used once. */
export class FlagRewriting {
  readonly #lazy: LazyFlags
  readonly #known: KnownFlags
  /** Rewritten values, by the original ones. */
  readonly #values = new Map<Node, Node>()
  readonly #sources = new Map<FlagGroup, (Source | undefined)[]>()

  constructor(lazy: LazyFlags, known: KnownFlags) {
    this.#lazy = lazy
    this.#known = known
  }

  /** The rewritten IR, which reads the sources that it needs first. */
  block(ir: Block, { recipes, sources }: FlagFacts): Block {
    const isLazy = (s: Statement) => {
      const flag = s.kind === "set" ? this.#lazy.of(s) : undefined
      return flag !== undefined && recipes.has(flag)
    }
    const last = ir.findLastIndex(isLazy)
    const out = ir.flatMap((s, i) => (!isLazy(s) ? this.#statement(s) : i === last ? this.#recordSources(sources) : []))
    const read = this.#lazy.groups.flatMap((group) => this.#sources.get(group) ?? [])
    return [...read.filter((s) => s !== undefined), ...out]
  }

  #recordSources(sources: FlagFacts["sources"]): Statement[] {
    return [...sources].flatMap(([group, nodes]) =>
      nodes.map((node, n): Statement => {
        const value = asSource(group, this.#value(node))
        return { kind: "set", file: group.sources, index: constant(n), value }
      }),
    )
  }

  #statement(s: Statement): Statement[] {
    switch (s.kind) {
      case "get": {
        if (this.#recipe(s) !== 0) return []
        const index = this.#value(s.index)
        if (index === s.index) return [s]
        const node = { ...s, index }
        this.#values.set(s, node)
        return [node]
      }
      case "load": {
        const node = { ...s, address: this.#value(s.address) }
        this.#values.set(s, node)
        return [node]
      }
      case "call": {
        const node = { ...s, args: s.args.map((n) => this.#value(n)) }
        this.#values.set(s, node)
        return [node]
      }
      case "perform":
      case "raise":
        return [{ ...s, args: s.args.map((n) => this.#value(n)) }]
      case "set":
        return [{ kind: "set", file: s.file, index: this.#value(s.index), value: this.#value(s.value) }]
      case "assign":
        return [{ ...s, value: this.#value(s.value) }]
      case "store":
        return [{ ...s, address: this.#value(s.address), value: this.#value(s.value) }]
      case "if": {
        const test = this.#value(s.test)
        return [{ ...s, test, passed: this.#nested(s.passed), otherwise: this.#nested(s.otherwise) }]
      }
      case "eachBit":
        return [{ ...s, mask: this.#value(s.mask), body: this.#nested(s.body) }]
      case "branch":
        return [{ ...s, target: this.#value(s.target), context: s.context && this.#value(s.context) }]
      default:
        return [s]
    }
  }

  #nested(block: Block): Block {
    return block.flatMap((s) => this.#statement(s))
  }

  #recipe(s: Source): number {
    const flag = this.#lazy.of(s)
    return flag ? this.#known.recipe(flag) : 0
  }

  #source(group: FlagGroup, n: number): Node {
    let sources = this.#sources.get(group)
    if (!sources) this.#sources.set(group, (sources = []))
    sources[n] ??= { kind: "get", type: group.sources.type, file: group.sources, index: constant(n) }
    return sources[n]
  }

  #value(n: Node): Node {
    const known = this.#values.get(n)
    if (known) return known
    const value = this.#rewrite(n)
    this.#values.set(n, value)
    return value
  }

  #rewrite(n: Node): Node {
    const comparison = this.#comparison(n)
    if (comparison) return this.#compare(comparison)
    if (n.kind === "get") return this.#flag(n)
    if (n.kind === "select") {
      const args = n.args.map((arg) => this.#value(arg)) as unknown as typeof n.args
      return args.every((arg, i) => arg === n.args[i]) ? n : { ...n, args }
    }
    if (n.kind !== "op") return n
    const args = n.args.map((arg) => this.#value(arg))
    const inverse = n.op.name === "i32.eqz" && args[0] !== n.args[0] ? inverseOf(args[0]!) : undefined
    return inverse ?? (args.every((arg, i) => arg === n.args[i]) ? n : { ...n, args })
  }

  #flag(n: Source): Node {
    const recipe = this.#recipe(n)
    if (recipe === 0) return n
    const { recipes, group } = this.#lazy.of(n)!
    return materialised(recipes[recipe - 1]!, (source) => this.#source(group, source))
  }

  #compare({ group, type, relation }: Comparison): Node {
    const operand = (n: number): Node => {
      const source = this.#source(group, n)
      return source.type === type ? source : { kind: "op", type, op: op("i32.wrap"), args: [source] }
    }
    return { kind: "op", type: "i32", op: op(`${type}.${relation}`), args: [operand(0), operand(1)] }
  }

  // The comparison of two sources that a flag, or an operation on flags, is equivalent to.
  #comparison(n: Node): Comparison | undefined {
    if (n.kind === "get") return this.#comparisonOfFlag(n)
    if (n.kind !== "op") return undefined
    const [x, y] = n.args as [Node, Node]
    switch (n.op.name) {
      case "i32.eqz": {
        const inner = this.#comparison(x)
        return inner && { ...inner, relation: INVERSE[inner.relation]! }
      }
      case "i32.eq":
        return this.#signedComparison(x, y, "geS") ?? this.#signedComparison(y, x, "geS")
      case "i32.ne":
      case "i32.xor":
        return this.#signedComparison(x, y, "ltS") ?? this.#signedComparison(y, x, "ltS")
      case "i32.and":
        return this.#conjunction(n)
      case "i32.or":
        return this.#disjunction(n)
      default:
        return undefined
    }
  }

  #comparisonOfFlag(n: Source): Comparison | undefined {
    const parts = this.#parts(n)
    if (!parts) return undefined
    const { group, type, formula } = parts
    if (formula in INVERSE) return { group, type, relation: formula }
    const difference = this.#known.difference(group)
    if (!difference || (formula !== "zero" && formula !== "notZero")) return undefined
    return { group: difference, type, relation: formula === "zero" ? "eq" : "ne" }
  }

  #parts(n: Node) {
    if (n.kind !== "get") return undefined
    const recipe = this.#recipe(n)
    if (recipe === 0) return undefined
    const { recipes, group } = this.#lazy.of(n)!
    return { group, ...partsOf(recipes[recipe - 1]!) }
  }

  // The left source is less (signed) if exactly one of the difference's sign and its overflow is set.
  #signedComparison(negative: Node, overflow: Node, relation: string): Comparison | undefined {
    const [n, v] = [this.#parts(negative), this.#parts(overflow)]
    if (n?.formula !== "negative" || v?.formula !== "subOverflow") return undefined
    return this.#known.difference(n.group) === v.group ? { group: v.group, type: v.type, relation } : undefined
  }

  #pair({ args: [x, y] }: Operation): [Comparison, Comparison] | undefined {
    const [a, b] = [this.#comparison(x!), this.#comparison(y!)]
    return a && b && a.group === b.group && a.type === b.type ? [a, b] : undefined
  }

  #conjunction(n: Operation): Comparison | undefined {
    const pair = this.#pair(n)
    if (!pair) return undefined
    const [a, b] = pair[0].relation === "ne" ? pair : [pair[1], pair[0]]
    const relation = AND_NOT_EQUAL[b.relation]
    return a.relation === "ne" && relation ? { ...a, relation } : undefined
  }

  // By De Morgan: "equal or less" is the inverse of "not equal and not less".
  #disjunction(n: Operation): Comparison | undefined {
    const pair = this.#pair(n)
    if (!pair) return undefined
    const [a, b] = pair[0].relation === "eq" ? pair : [pair[1], pair[0]]
    const relation = AND_NOT_EQUAL[INVERSE[b.relation]!]
    return a.relation === "eq" && relation ? { ...a, relation: INVERSE[relation]! } : undefined
  }
}
