// Flags that translated code has not made yet: it notes what they come from, and whoever looks at them makes them. From one
// region to the next they stay as they are; before the interpreter goes on, they are put into their registers.

import type { Node, RegisterFile } from "../ir/index.ts"
import { op } from "../ir/ops.ts"
import type { Architecture } from "../isa/index.ts"
import { Code, MEMORY, type Module, OP } from "../wasm/index.ts"
import { DEFERRED, STATE } from "./layout.ts"

/** What deferred values are made from. */
export const SOURCE = { result: 0, left: 1, right: 2, count: 3 } as const

/** How a value of 0 or 1 is made from the sources; 0 is not at all: it stands in its register. */
export const MADE = {
  plainly: 0,
  /** result < 0 */
  sign: 1,
  /** result = 0 */
  zero: 2,
  /** left >= right, unsigned */
  noBorrow: 3,
  /** left - right overflows */
  differenceOverflow: 4,
  /** left + right carries */
  carry: 5,
  /** left + right overflows */
  sumOverflow: 6,
} as const
export type Made = (typeof MADE)[keyof typeof MADE]

/** Type of the function that makes a value: how, from which sources. */
const SETTLE_TYPE = { params: ["i32", "i32", "i32", "i32"], result: "i32" } as const

/** The registers that may be deferred, by their places in memory. */
export const deferrable = (arch: Architecture): readonly RegisterFile[] =>
  arch.state.list.filter((file) => file.madeFrom !== undefined)

/** Where it stands how deferrable registers are made: four bits for each, the first one's lowest. */
export const WAYS = DEFERRED + SOURCE.count * 4
/** Bits that tell how the register at a place is made, and how far left they stand. */
export const wayShift = (place: number): number => place * 4
export const wayMask = (place: number): number => 15 << wayShift(place)

/** Where a source stands. */
export const sourceAddress = (source: number): number => DEFERRED + source * 4

const binary = (name: string, x: Node, y: Node): Node => ({ kind: "op", type: "i32", op: op(name), args: [x, y] })
const i32 = (value: number): Node => ({ kind: "const", type: "i32", value })
const isNegative = (x: Node): Node => binary("i32.shrU", x, i32(31))

/** The overflow of a difference (ARM DDI 0406C, pseudocode AddWithCarry; the same on any machine). */
export const overflowOfDifference = (x: Node, y: Node, difference: Node): Node =>
  isNegative(binary("i32.and", binary("i32.xor", x, y), binary("i32.xor", x, difference)))

/** The overflow of a sum. */
export const overflowOfSum = (x: Node, y: Node, sum: Node): Node =>
  isNegative(binary("i32.and", binary("i32.xor", x, sum), binary("i32.xor", y, sum)))

/** The value that is made so, from the sources by their numbers. */
export function valueMade(made: Exclude<Made, 0>, source: (number: number) => Node): Node {
  const [x, y] = [SOURCE.left, SOURCE.right]
  switch (made) {
    case MADE.sign:
      return isNegative(source(SOURCE.result))
    case MADE.zero:
      return { kind: "op", type: "i32", op: op("i32.eqz"), args: [source(SOURCE.result)] }
    case MADE.noBorrow:
      return binary("i32.geU", source(x), source(y))
    case MADE.carry:
      return binary("i32.ltU", binary("i32.add", source(x), source(y)), source(x))
    case MADE.differenceOverflow:
      return overflowOfDifference(source(x), source(y), binary("i32.sub", source(x), source(y)))
    case MADE.sumOverflow:
      return overflowOfSum(source(x), source(y), binary("i32.add", source(x), source(y)))
  }
}

/** Pushes a value, made from sources in locals from that one on. */
export function pushMade(code: Code, made: Exclude<Made, 0>, sources: number): void {
  const locals = new Map<Node, number>()
  const push = (n: Node): void => {
    const local = locals.get(n)
    if (local !== undefined) code.get(local)
    else if (n.kind === "const") code.i32(Number(n.value))
    else if (n.kind === "op") {
      for (const arg of n.args) push(arg)
      code.raw(n.op.code)
    }
  }
  const nodes = Array.from({ length: SOURCE.count }, () => i32(0))
  for (const [number, node] of nodes.entries()) locals.set(node, sources + number)
  push(valueMade(made, (number) => nodes[number]!))
}

/** Adds a function that makes a value: takes how, and the sources; gives its number. */
export function addSettle(module: Module): number {
  const code = new Code()
  for (const made of Object.values(MADE)) {
    if (made === MADE.plainly) continue
    code.get(0).i32(made).u8(OP.i32Eq).if()
    pushMade(code, made, 1)
    code.return().end()
  }
  code.u8(OP.unreachable)
  return module.addFunction(SETTLE_TYPE, [], code)
}

/** Adds a function that makes all deferred values, in their registers; gives its number. */
export function addSettling(module: Module, arch: Architecture): number {
  const settle = addSettle(module)
  const all = new Code()
  for (const [place, file] of deferrable(arch).entries()) {
    const load = (address: number) => all.i32(0).memory(MEMORY.i32.load, address)
    load(WAYS).i32(wayMask(place)).u8(OP.i32And).if().i32(0)
    load(WAYS).i32(wayShift(place)).u8(OP.i32ShrU).i32(15).u8(OP.i32And)
    for (let source = 0; source < SOURCE.count; source++) load(sourceAddress(source))
    all
      .call(settle)
      .memory(MEMORY.i32.store, STATE + file.offset)
      .end()
  }
  all.i32(0).i32(0).memory(MEMORY.i32.store, WAYS)
  return module.addFunction({ params: [] }, [], all)
}
