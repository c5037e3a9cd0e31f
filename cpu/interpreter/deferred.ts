// Flags that translated code has not made yet: it notes what they come from, and whoever looks at them makes them. From one
// region to the next they stay as they are; before the interpreter goes on, they are put into their registers.

import type { RegisterFile } from "../ir/index.ts"
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
export const SETTLE_TYPE = { params: ["i32", "i32", "i32", "i32"], result: "i32" } as const

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

/** Pushes a value, made from sources in locals from that one on. */
export function pushMade(code: Code, made: Made, sources: number): void {
  const [result, left, right] = [sources + SOURCE.result, sources + SOURCE.left, sources + SOURCE.right]
  const overflow = (operator: number, first: () => void, second: () => void) => {
    const changed = (pushOperand: () => void) => {
      pushOperand()
      code.get(left).get(right).u8(operator).u8(OP.i32Xor)
    }
    first()
    if (operator === OP.i32Add) code.get(left).get(right).u8(operator).u8(OP.i32Xor)
    else code.get(right).u8(OP.i32Xor)
    changed(second)
    code.u8(OP.i32And).i32(31).u8(OP.i32ShrU)
  }
  switch (made) {
    case MADE.plainly:
      throw new Error("what is made plainly stands in its register")
    case MADE.sign:
      code.get(result).i32(31).u8(OP.i32ShrU)
      return
    case MADE.zero:
      code.get(result).u8(OP.i32Eqz)
      return
    case MADE.noBorrow:
      code.get(left).get(right).u8(OP.i32GeU)
      return
    case MADE.carry:
      code.get(left).get(right).u8(OP.i32Add).get(left).u8(OP.i32LtU)
      return
    case MADE.differenceOverflow:
      overflow(
        OP.i32Sub,
        () => code.get(left),
        () => code.get(left),
      )
      return
    case MADE.sumOverflow:
      overflow(
        OP.i32Add,
        () => code.get(left),
        () => code.get(right),
      )
  }
}

/** Adds the functions "settle", which makes a value, and "settleAll", which puts all into their registers; gives the latter. */
export function addSettling(module: Module, arch: Architecture): number {
  const one = new Code()
  for (const made of Object.values(MADE)) {
    if (made === MADE.plainly) continue
    one.get(0).i32(made).u8(OP.i32Eq).if()
    pushMade(one, made, 1)
    one.return().end()
  }
  one.u8(OP.unreachable)
  const settle = module.addFunction(SETTLE_TYPE, [], one, "settle")
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
