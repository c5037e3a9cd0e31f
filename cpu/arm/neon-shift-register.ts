// Advanced SIMD shifts by a register (ARM DDI 0406C, A8.8.396 VSHL, A8.8.377 VRSHL, A8.8.370 VQSHL, A8.8.366 VQRSHL): each
// element by its own amount, the signed lowest byte of an element, to the right if that is negative.

import type { Builder, Node } from "../ir/index.ts"
import type { Instruction } from "../isa/index.ts"
import { neon } from "./neon-encoding.ts"
import { neonHelper, SHIFT } from "./neon-helpers.ts"
import { areWhole } from "./neon-text.ts"
import { Elements, getVector, high, joinHalves, low, setVector } from "./neon-vector.ts"

type Kind = { readonly signed: boolean; readonly rounding: boolean }

/** Elements shifted by amounts from 0 to less than twice their width, bit by bit of the amounts. */
function shiftEach(e: Elements, b: Builder, x: Node, by: Node, once: (n: Node, amount: number) => Node): Node {
  let result = x
  for (let bit = 0; 1 << bit < e.bits; bit++) {
    const mask = e.sign(e.shl(by, e.bits - 1 - bit))
    result = b.op("v128.bitselect", once(result, 1 << bit), result, mask)
  }
  return result
}

/** Elements of 8 to 32 bits. */
function shiftNarrow(e: Elements, b: Builder, { signed, rounding }: Kind, x: Node, amounts: Node): Node {
  const zero = b.v128(0n)
  const width = e.all(BigInt(e.bits))
  const raw = e.size === 0 ? amounts : e.shr(true, e.shl(amounts, e.bits - 8), e.bits - 8)
  // More than the width is as much as the width, or one more to the right, where rounding still sees the highest bit.
  const by = e.op("minS", e.op("maxS", raw, e.all(BigInt(-e.bits - 1))), width)
  const left = e.op("maxS", by, zero)
  const shifted = shiftEach(e, b, x, left, (n, amount) => e.shl(n, amount))
  const leftDone = b.op("v128.andnot", shifted, e.eq(left, width))
  const right = e.op("maxS", e.op("neg", by), zero)
  const first = rounding ? e.op("maxS", e.sub(right, e.all(1n)), zero) : right
  const limited = signed ? e.op("minS", first, e.all(BigInt(e.bits - 1))) : first
  const moved = shiftEach(e, b, leftDone, limited, (n, amount) => e.shr(signed, n, amount))
  const rightDone = signed ? moved : b.op("v128.andnot", moved, e.op("geS", first, width))
  if (!rounding) return rightDone
  const rounded = e.add(e.shr(signed, rightDone, 1), b.op("v128.and", rightDone, e.all(1n)))
  return b.op("v128.bitselect", rounded, rightDone, e.op("gtS", right, zero))
}

/** An element of 64 bits. */
function shiftLong(b: Builder, { signed, rounding }: Kind, x: Node, amount: Node): Node {
  const by = b.extend8S(b.wrap(amount))
  const right = (n: Node): Node => {
    if (signed) return b.shrS(x, b.extendU(b.select(b.ltS(n, b.i32(63)), n, b.i32(63))))
    return b.select(b.ltS(n, b.i32(64)), b.shrU(x, b.extendU(n)), b.i64(0))
  }
  const roundedRight = (): Node => {
    const but1 = right(b.not(by))
    return b.add(signed ? b.shrS(but1, b.i64(1)) : b.shrU(but1, b.i64(1)), b.and(but1, b.i64(1)))
  }
  const left = b.select(b.ltS(by, b.i32(64)), b.shl(x, b.extendU(by)), b.i64(0))
  return b.select(b.ltS(by, b.i32(0)), rounding ? roundedRight() : right(b.neg(by)), left)
}

const declare = (
  name: string,
  opcode: string,
  op: "0" | "1",
  meaning: (b: Builder, size: number, signed: boolean, isQuad: Node, m: Node, n: Node, put: (n: Node) => void) => void,
): Instruction[] =>
  (["0", "1"] as const).flatMap((u) =>
    neon({
      name: `${name}{cond}.${u === "1" ? "u" : "s"}{size}`,
      u,
      bits: `0 D size Vn Vd ${opcode} N Q M ${op} Vm`,
      args: "vd, vm, vn",
      defined: areWhole("Vd", "Vn", "Vm"),
      semantics(b, f) {
        const [n, m] = [getVector(b, f.Q, f.Dn), getVector(b, f.Q, f.Dm)]
        meaning(b, f.size, u === "0", b.imm(f.Q), m, n, (result) => setVector(b, f.Q, f.Dd, result))
      },
    }),
  )

const inline = (name: string, opcode: string, rounding: boolean) =>
  declare(name, opcode, "0", (b, size, signed, _, m, n, put) => {
    const kind = { signed, rounding }
    if (size < 3) put(shiftNarrow(new Elements(b, size), b, kind, m, n))
    else put(joinHalves(b, shiftLong(b, kind, low(b, m), low(b, n)), shiftLong(b, kind, high(b, m), high(b, n))))
  })
export const vshl = inline("vshl", "0100", false)
export const vrshl = inline("vrshl", "0101", true)

const saturating = (name: string, opcode: string, how: number) =>
  declare(name, opcode, "1", (b, size, signed, isQuad, m, n, put) => {
    const kind = b.i32(how | (signed ? 0 : SHIFT.unsigned) | (size << SHIFT.size))
    const lower = b.call(neonHelper.shift, kind, low(b, m), low(b, n))
    b.if(
      isQuad,
      () => put(joinHalves(b, lower, b.call(neonHelper.shift, kind, high(b, m), high(b, n)))),
      () => put(b.op("i64x2.splat", lower)),
    )
  })
export const vqshl = saturating("vqshl", "0100", 0)
export const vqrshl = saturating("vqrshl", "0101", SHIFT.rounding)
