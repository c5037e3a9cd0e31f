// Vector pack and unpack (ALTIVECPEM, 4.2.5.1, 4.2.5.2 and chapter 6).

import type { Builder, Node } from "../../ir/index.ts"
import type { Instruction } from "../../isa/index.ts"
import { oneVector, twoSaturating, twoVectors } from "./encoding.ts"
import { all, and, bytesOf, elementBytes, on, or, type Size, shift, xor } from "./vector.ts"

/** The odd elements of both vectors: the low halves of elements twice as wide. */
const packModulo = (name: string, xo: number, size: 0 | 1): Instruction =>
  twoVectors(name, xo, (b, x, y) =>
    bytesOf(
      b,
      x,
      y,
      elementBytes(size, (n) => 2 * n + 1),
    ),
  )

/** vpkuhum: packs halfwords to bytes, modulo. */
export const vpkuhum = packModulo("vpkuhum", 14, 0)
/** vpkuwum: packs words to halfwords, modulo. */
export const vpkuwum = packModulo("vpkuwum", 78, 1)

/** Elements as wide as they are, clamped to the range of those of half their width. */
function clamp(b: Builder, size: 0 | 1, from: "S" | "U", to: "S" | "U", x: Node): Node {
  const wide = (size + 1) as Size
  const bits = 8 << size
  if (from === "U") return on(b, wide, "minU", x, all(b, wide, 2 ** bits - 1))
  const [least, greatest] = to === "S" ? [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] : [0, 2 ** bits - 1]
  return on(b, wide, "minS", on(b, wide, "maxS", x, all(b, wide, least)), all(b, wide, greatest))
}

const packSaturating = (name: string, xo: number, size: 0 | 1, from: "S" | "U", to: "S" | "U"): Instruction =>
  twoSaturating(name, xo, (b, x, y) => {
    const [upper, lower] = [clamp(b, size, from, to, x), clamp(b, size, from, to, y)]
    const saturated = or(b, xor(b, upper, x), xor(b, lower, y))
    return { result: on(b, size, `narrow${to}`, lower, upper), saturated }
  })

/** vpkuhus: packs unsigned halfwords to unsigned bytes, saturating. */
export const vpkuhus = packSaturating("vpkuhus", 142, 0, "U", "U")
/** vpkuwus: packs unsigned words to unsigned halfwords, saturating. */
export const vpkuwus = packSaturating("vpkuwus", 206, 1, "U", "U")
/** vpkshus: packs signed halfwords to unsigned bytes, saturating. */
export const vpkshus = packSaturating("vpkshus", 270, 0, "S", "U")
/** vpkswus: packs signed words to unsigned halfwords, saturating. */
export const vpkswus = packSaturating("vpkswus", 334, 1, "S", "U")
/** vpkshss: packs signed halfwords to signed bytes, saturating. */
export const vpkshss = packSaturating("vpkshss", 398, 0, "S", "S")
/** vpkswss: packs signed words to signed halfwords, saturating. */
export const vpkswss = packSaturating("vpkswss", 462, 1, "S", "S")

/** The bits of words that a mask selects, moved. */
const field = (b: Builder, x: Node, how: "shl" | "shrU", by: number, mask: number): Node =>
  and(b, by === 0 ? x : shift(b, 2, how, x, by), all(b, 2, mask))

/** vpkpx: packs pixels of 32 bits to 16 bits: one bit and three times five. */
export const vpkpx = twoVectors("vpkpx", 782, (b, x, y) => {
  const pixels = (of: Node) =>
    or(b, field(b, of, "shrU", 9, 0xfc00), or(b, field(b, of, "shrU", 6, 0x03e0), field(b, of, "shrU", 3, 0x001f)))
  return b.op("i16x8.narrowU", pixels(y), pixels(x))
})

const unpack = (name: string, xo: number, shape: "i16x8" | "i32x4", half: "High" | "Low"): Instruction =>
  oneVector(name, xo, (b, x) => b.op(`${shape}.extend${half}S`, x))

/** vupkhsb: unpacks the high signed bytes to halfwords. */
export const vupkhsb = unpack("vupkhsb", 526, "i16x8", "High")
/** vupkhsh: unpacks the high signed halfwords to words. */
export const vupkhsh = unpack("vupkhsh", 590, "i32x4", "High")
/** vupklsb: unpacks the low signed bytes to halfwords. */
export const vupklsb = unpack("vupklsb", 654, "i16x8", "Low")
/** vupklsh: unpacks the low signed halfwords to words. */
export const vupklsh = unpack("vupklsh", 718, "i32x4", "Low")

const unpackPixels = (name: string, xo: number, half: "High" | "Low"): Instruction =>
  oneVector(name, xo, (b, x) => {
    const wide = b.op(`i32x4.extend${half}S`, x)
    const colours = or(
      b,
      field(b, wide, "shl", 6, 0x001f_0000),
      or(b, field(b, wide, "shl", 3, 0x1f00), field(b, wide, "shl", 0, 0x1f)),
    )
    return or(b, and(b, wide, all(b, 2, 0xff00_0000)), colours)
  })

/** vupkhpx: unpacks the high pixels of 16 bits to 32 bits. */
export const vupkhpx = unpackPixels("vupkhpx", 846, "High")
/** vupklpx: unpacks the low pixels of 16 bits to 32 bits. */
export const vupklpx = unpackPixels("vupklpx", 974, "Low")
