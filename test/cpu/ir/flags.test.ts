// Flags as `Builder.flags` sets them, against their definitions in unbounded integers.

import { describe, expect, it } from "vitest"
import { Builder, defineState, type FlagKind, type Node } from "../../../cpu/ir/index.ts"
import { Random } from "../../support/random.ts"

const { FLAG, LAZY } = defineState({
  FLAG: { type: "i32" },
  LAZY: { type: "i32", lazy: { group: "g", recipes: ["i32.zero"] } },
}).files

const builder = () => new Builder({ addressType: "i32", length: 4 })

/** The value of one flag of an operation on constants. */
function flagOf(kind: FlagKind, flag: string, operands: Readonly<Record<string, Node>>): unknown {
  const b = builder()
  b.flags(kind, operands as never, { [flag]: FLAG })
  const [set] = b.block
  return set?.kind === "set" && set.value.kind === "const" ? set.value.value : undefined
}

describe.each([32, 64])("flags of %i bits", (bits) => {
  const signed = (x: bigint) => BigInt.asIntN(bits, x)
  const unsigned = (x: bigint) => BigInt.asUintN(bits, x)
  const fits = (x: bigint) => x === signed(x)
  const node = (x: bigint) => (bits === 64 ? builder().i64(signed(x)) : builder().i32(Number(signed(x))))
  const edges = [0n, 1n, -1n, (1n << BigInt(bits - 1)) - 1n, -(1n << BigInt(bits - 1)), -2n]
  const random = new Random(bits)
  const draw = () =>
    random.chance(60)
      ? edges[random.below(edges.length)]!
      : signed((BigInt(random.below(0x8000_0000)) << 33n) ^ BigInt(random.below(0x8000_0000)))
  const pairs = Array.from({ length: 200 }, () => [draw(), draw()] as const)

  const onResult = (r: bigint) => ({
    negative: signed(r) < 0n,
    notNegative: signed(r) >= 0n,
    zero: signed(r) === 0n,
    notZero: signed(r) !== 0n,
    positive: signed(r) > 0n,
    notPositive: signed(r) <= 0n,
  })
  const compared = (x: bigint, y: bigint) => ({
    less: x < y,
    greater: x > y,
    equal: x === y,
    notLess: x >= y,
    notGreater: x <= y,
    notEqual: x !== y,
  })
  const definitions: Record<FlagKind, (x: bigint, y: bigint) => Record<string, boolean>> = {
    add(x, y) {
      const carry = unsigned(x) + unsigned(y) >= 1n << BigInt(bits)
      return { ...onResult(x + y), carry, noCarry: !carry, overflow: !fits(x + y), noOverflow: fits(x + y) }
    },
    subtract(x, y) {
      const borrow = unsigned(x) < unsigned(y)
      return { ...onResult(x - y), borrow, noBorrow: !borrow, overflow: !fits(x - y), noOverflow: fits(x - y) }
    },
    result: (x) => onResult(x),
    compareSigned: compared,
    compareUnsigned: (x, y) => compared(unsigned(x), unsigned(y)),
  }

  it.each(Object.keys(definitions) as FlagKind[])("tell what they are called: %s", (kind) => {
    for (const [x, y] of pairs) {
      const [left, right] = [node(x), node(y)]
      for (const [flag, value] of Object.entries(definitions[kind](x, y))) {
        const operands = kind === "result" ? { result: left } : { left, right }
        expect(flagOf(kind, flag, operands), `${flag} of ${x} and ${y}`).toBe(Number(value))
      }
    }
  })
})

describe("a lazy flag", () => {
  it("has its recipe beside its value", () => {
    const b = builder()
    const result = b.reg(FLAG)
    b.flags("result", { result }, { zero: LAZY })
    expect(b.block[1]).toMatchObject({ kind: "set", recipe: { name: "i32.zero", sources: [result] } })
  })

  it("takes no recipe that it does not declare", () => {
    const b = builder()
    expect(() => b.flags("result", { result: b.reg(FLAG) }, { negative: LAZY })).toThrow("no recipe i32.negative")
  })
})
