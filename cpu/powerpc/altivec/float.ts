// Vector floating-point arithmetic, maxima and minima (ALTIVECPEM, 4.2.2 and chapter 6). Results are rounded to nearest.

import type { Builder, Node } from "../../ir/index.ts"
import type { Instruction } from "../../isa/index.ts"
import { VR } from "../state.ts"
import { formVa, twoVectors } from "./encoding.ts"
import { type Computed, float, flushedUnlessJava, perform, squashed, withNans } from "./float-vector.ts"
import { and, or, xor } from "./vector.ts"

const arithmetic = (name: string, xo: number, operation: "add" | "sub"): Instruction =>
  twoVectors(name, xo, (b, x, y) => perform(b, [x, y], (m, n) => squashed(b, float(b, operation, m, n))))

/** vaddfp: adds numbers. */
export const vaddfp = arithmetic("vaddfp", 10, "add")
/** vsubfp: subtracts numbers. */
export const vsubfp = arithmetic("vsubfp", 74, "sub")

const extreme = (name: string, xo: number, operation: "max" | "min"): Instruction =>
  twoVectors(name, xo, (b, x, y) => {
    const [m, n] = flushedUnlessJava(b, x, y) as [Node, Node]
    return withNans(b, float(b, operation, m, n), [x, y])
  })

/** vmaxfp: takes the greater numbers; +0 is greater than -0, and a NaN is the result if there is one. */
export const vmaxfp = extreme("vmaxfp", 1034, "max")
/** vminfp: takes the smaller numbers. */
export const vminfp = extreme("vminfp", 1098, "min")

// x * z + y, rounded once. In double precision the product is exact, so that only the sum is rounded, and rounded again
// to single precision. That differs from one rounding only where the sum is half way between two numbers although
// something was lost. There the sum is made odd, which tells on which side of the middle it is.

const wide = (b: Builder, name: string, ...args: Node[]): Node => b.op(`f64x2.${name}`, ...args)

const everyLong = (b: Builder, value: bigint): Node => b.v128((value << 64n) | value)
const SMALLEST_NORMAL = 0x3810_0000_0000_0000n
const MAGNITUDE = 0x7fff_ffff_ffff_ffffn
/** The bits that single precision lacks, and half of its last bit. */
const BELOW = 0x1fff_ffffn
const HALF = 0x1000_0000n

/** A sum of doubles whose last bit is set if something was lost: to the neighbour on the side of the error. */
function toOdd(b: Builder, sum: Node, x: Node, y: Node): Node {
  // What rounding took from a sum is itself a number (Knuth, The Art of Computer Programming, 4.2.2, theorem B).
  const fromY = wide(b, "sub", sum, x)
  const error = wide(b, "add", wide(b, "sub", x, wide(b, "sub", sum, fromY)), wide(b, "sub", y, fromY))
  const one = everyLong(b, 1n)
  const isEven = b.op("i64x2.eq", and(b, sum, one), b.v128(0n))
  // The error of an infinite sum is a NaN, and not greater than 0.
  const isInexact = wide(b, "gt", and(b, error, everyLong(b, MAGNITUDE)), b.v128(0n))
  const towards = or(b, b.op("i64x2.shrS", xor(b, sum, error), b.i32(63)), one)
  return b.op("i64x2.add", sum, and(b, and(b, isEven, isInexact), towards))
}

/** Doubles in single precision, with tiny ones as zeros, and bits that are not zero where one was tiny. */
function narrowed(b: Builder, sum: Node): Computed {
  const magnitude = and(b, sum, everyLong(b, MAGNITUDE))
  const denormal = and(b, magnitude, wide(b, "lt", magnitude, everyLong(b, SMALLEST_NORMAL)))
  return { result: b.op("f32x4.demoteZero", xor(b, sum, denormal)), denormal }
}

const LOWER = [0, 1, 2, 3, 4, 5, 6, 7]
const bytesFrom = (first: number) => LOWER.map((n) => n + first)

function fused(b: Builder, x: Node, y: Node, z: Node): Computed {
  const halves = ([0, 1] as const).map((half) => {
    const promoted = (n: Node) =>
      b.op("f64x2.promoteLow", half === 0 ? n : b.shuffle(n, n, [...bytesFrom(8), ...bytesFrom(8)]))
    const [product, addend] = [wide(b, "mul", promoted(x), promoted(z)), promoted(y)]
    return { product, addend, sum: wide(b, "add", product, addend) }
  })
  const isDoubtful = ({ sum }: (typeof halves)[number]) =>
    or(
      b,
      b.op("i64x2.eq", and(b, sum, everyLong(b, BELOW)), everyLong(b, HALF)),
      // A sum that was rounded up to the smallest normal number is tiny.
      wide(b, "eq", and(b, sum, everyLong(b, MAGNITUDE)), everyLong(b, SMALLEST_NORMAL)),
    )
  const sums = halves.map(({ sum }) => b.variable(sum))
  b.if(b.op("v128.anyTrue", or(b, isDoubtful(halves[0]!), isDoubtful(halves[1]!))), () => {
    for (const [n, { product, addend, sum }] of halves.entries()) b.assign(sums[n]!, toOdd(b, sum, product, addend))
  })
  const [lower, upper] = sums.map((sum) => narrowed(b, b.read(sum))) as [Computed, Computed]
  return {
    result: b.shuffle(lower.result, upper.result, [...LOWER, ...bytesFrom(16)]),
    denormal: or(b, lower.denormal, upper.denormal),
  }
}

/** The addend is vB, but the text has it last. */
const multiplyAdd = (name: string, xo: number, operation: (b: Builder, x: Node, y: Node, z: Node) => Computed) =>
  formVa(
    name,
    xo,
    (b, f) => {
      const operands = [b.reg(VR, f.vA), b.reg(VR, f.vB), b.reg(VR, f.vC)]
      b.setReg(
        VR,
        f.vD,
        perform(b, operands, (x, y, z) => operation(b, x!, y!, z!)),
      )
    },
    { args: "vD, vA, vC, vB" },
  )

/** vmaddfp: multiplies and adds numbers, rounded once. */
export const vmaddfp = multiplyAdd("vmaddfp", 46, fused)
/** vnmsubfp: multiplies and subtracts numbers, and negates the result, rounded once. */
export const vnmsubfp = multiplyAdd("vnmsubfp", 47, (b, x, y, z) => {
  const { result, denormal } = fused(b, x, float(b, "neg", y), z)
  return { result: float(b, "neg", result), denormal }
})
