// Advanced SIMD shifts by a register (ARM DDI 0406C, A8.8.396 VSHL, A8.8.388 VRSHL, A8.8.379 VQSHL, A8.8.377 VQRSHL). Each
// element is shifted left by its own amount, the signed lowest byte of an element, or right if that is negative.

import type { Builder, Node } from "../../ir/index.ts"
import type { Instruction } from "../../isa/index.ts"
import { neon } from "./encoding.ts"
import { areWhole } from "./text.ts"
import { Elements, getVector, high, joinHalves, low, noteSaturated, setVector } from "./vector.ts"

type Kind = { readonly signed: boolean; readonly rounding: boolean; readonly saturating: boolean }

/** Elements shifted by amounts from 0 to less than twice their width, bit by bit of the amounts. */
function shiftEach(e: Elements, b: Builder, x: Node, by: Node, once: (n: Node, amount: number) => Node): Node {
  let result = x
  for (let bit = 0; 1 << bit < e.bits; bit++) {
    const mask = e.sign(e.shl(by, e.bits - 1 - bit))
    result = b.op("v128.bitselect", once(result, 1 << bit), result, mask)
  }
  return result
}

/** Shifts elements of 8 to 32 bits. */
function shiftNarrow(e: Elements, b: Builder, kind: Kind, x: Node, amounts: Node): Node {
  const { signed, rounding, saturating } = kind
  const zero = b.v128(0n)
  const width = e.all(BigInt(e.bits))
  const raw = e.size === 0 ? amounts : e.shr(true, e.shl(amounts, e.bits - 8), e.bits - 8)
  // More than the width is as much as the width, or one more to the right, where rounding still sees the highest bit.
  const by = e.op("minS", e.op("maxS", raw, e.all(BigInt(-e.bits - 1))), width)
  const left = e.op("maxS", by, zero)
  const shifted = shiftEach(e, b, x, left, (n, amount) => e.shl(n, amount))
  const isAll = e.eq(left, width)
  const unlimited = b.op("v128.andnot", shifted, isAll)
  const leftDone = saturating ? limitLeft() : unlimited
  // What is lost to the left shows when it is shifted back.
  function limitLeft(): Node {
    const back = shiftEach(e, b, shifted, left, (n, amount) => e.shr(signed, n, amount))
    const lost = b.op("v128.or", e.ne(back, x), b.op("v128.and", isAll, e.ne(x, zero)))
    e.noteSaturation(lost)
    return b.op("v128.bitselect", signed ? e.limitOf(x) : e.ones, unlimited, lost)
  }
  const right = e.op("maxS", e.op("neg", by), zero)
  const first = rounding ? e.op("maxS", e.sub(right, e.all(1n)), zero) : right
  const limited = signed ? e.op("minS", first, e.all(BigInt(e.bits - 1))) : first
  const moved = shiftEach(e, b, leftDone, limited, (n, amount) => e.shr(signed, n, amount))
  const rightDone = signed ? moved : b.op("v128.andnot", moved, e.op("geS", first, width))
  if (!rounding) return rightDone
  const rounded = e.add(e.shr(signed, rightDone, 1), b.op("v128.and", rightDone, e.all(1n)))
  return b.op("v128.bitselect", rounded, rightDone, e.op("gtS", right, zero))
}

/** Shifts an element of 64 bits; also tells whether it saturates. */
function shiftLong(b: Builder, { signed, rounding, saturating }: Kind, x: Node, amount: Node): [Node, Node] {
  const by = b.extend8S(b.wrap(amount))
  const right = (n: Node): Node => {
    if (signed) return b.shrS(x, b.extendU(b.select(b.ltS(n, b.i32(63)), n, b.i32(63))))
    return b.select(b.ltS(n, b.i32(64)), b.shrU(x, b.extendU(n)), b.i64(0))
  }
  const roundedRight = (): Node => {
    const but1 = right(b.not(by))
    return b.add(signed ? b.shrS(but1, b.i64(1)) : b.shrU(but1, b.i64(1)), b.and(but1, b.i64(1)))
  }
  const isShort = b.ltS(by, b.i32(64))
  const shifted = b.shl(x, b.extendU(by))
  const unlimited = b.select(isShort, shifted, b.i64(0))
  const isLeft = b.geS(by, b.i32(0))
  const back = signed ? b.shrS(shifted, b.extendU(by)) : b.shrU(shifted, b.extendU(by))
  const lost = b.and(isLeft, b.select(isShort, b.ne(back, x), b.ne(x, b.i64(0))))
  const limit = signed ? b.xor(b.shrS(x, b.i64(63)), b.i64((1n << 63n) - 1n)) : b.i64(-1)
  const left = saturating ? b.select(lost, limit, unlimited) : unlimited
  return [b.select(isLeft, left, rounding ? roundedRight() : right(b.neg(by))), lost]
}

type Place = {
  readonly name: string
  readonly section: string
  readonly rounding: boolean
  readonly saturating: boolean
}

/** Declares a shift for both signs. */
const shift = ({ name, section, rounding, saturating }: Place): Instruction[] =>
  (["0", "1"] as const).flatMap((u) =>
    neon({
      name: `${name}{cond}.${u === "1" ? "u" : "s"}{size}`,
      section,
      encoding: "T1/A1",
      u,
      bits: `0 D size Vn Vd 010${rounding ? 1 : 0} N Q M ${saturating ? 1 : 0} Vm`,
      args: "vd, vm, vn",
      defined: areWhole("Vd", "Vn", "Vm"),
      semantics(b, f) {
        const kind = { signed: u === "0", rounding, saturating }
        const [n, m] = [getVector(b, f.Q, f.Dn), getVector(b, f.Q, f.Dm)]
        if (f.size < 3) {
          setVector(b, f.Q, f.Dd, shiftNarrow(new Elements(b, f.size), b, kind, m, n))
          return
        }
        const [lower, lowerLost] = shiftLong(b, kind, low(b, m), low(b, n))
        const [upper, upperLost] = shiftLong(b, kind, high(b, m), high(b, n))
        if (saturating) noteSaturated(b, b.or(lowerLost, upperLost))
        setVector(b, f.Q, f.Dd, joinHalves(b, lower, upper))
      },
    }),
  )
/** VSHL (register): shifts elements by amounts of either sign. */
export const vshl = shift({ name: "vshl", section: "A8.8.396", rounding: false, saturating: false })
/** VQSHL (register): the same, saturated. */
export const vqshl = shift({ name: "vqshl", section: "A8.8.379", rounding: false, saturating: true })
/** VRSHL: shifts elements by amounts of either sign, rounded to the right. */
export const vrshl = shift({ name: "vrshl", section: "A8.8.388", rounding: true, saturating: false })
/** VQRSHL: the same, saturated. */
export const vqrshl = shift({ name: "vqrshl", section: "A8.8.377", rounding: true, saturating: true })
