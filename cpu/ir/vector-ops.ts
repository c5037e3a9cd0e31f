// The table of pure operations of the IR on vectors of 128 bits (WebAssembly Core Specification 2.0, chapters 4.3.3 and
// 5.4.8 Vector Instructions). A vector is an unsigned bigint; lane 0 has its lowest bits.

import type { PureOp, Type, Value } from "./types.ts"

const VECTOR = 128
const FIRST_BYTE = 0xfd

/** Bits of a lane by the name of the shape. */
const SHAPES = { i8x16: 8, i16x8: 16, i32x4: 32, i64x2: 64 } as const

const u = (bits: number, x: bigint) => BigInt.asUintN(bits, x)
const s = (bits: number, x: bigint) => BigInt.asIntN(bits, x)

/** Splits a vector into lanes, unsigned, the lowest first. */
function lanes(x: bigint, bits: number): bigint[] {
  return Array.from({ length: VECTOR / bits }, (_, n) => u(bits, x >> BigInt(n * bits)))
}

/** Joins lanes to a vector; only their low bits count. */
function vector(from: readonly bigint[], bits: number): bigint {
  return from.reduce((sum, lane, n) => sum | (u(bits, lane) << BigInt(n * bits)), 0n)
}

const zip = (bits: number, each: (a: bigint, b: bigint) => bigint) => (a: bigint, b: bigint) => {
  const other = lanes(b, bits)
  return vector(
    lanes(a, bits).map((lane, n) => each(lane, other[n]!)),
    bits,
  )
}
const map = (bits: number, each: (a: bigint) => bigint) => (a: bigint) => vector(lanes(a, bits).map(each), bits)

function clamp(x: bigint, low: bigint, high: bigint): bigint {
  return x < low ? low : x > high ? high : x
}
const saturated = (signed: boolean, bits: number, x: bigint) =>
  signed ? clamp(x, -(1n << BigInt(bits - 1)), (1n << BigInt(bits - 1)) - 1n) : clamp(x, 0n, (1n << BigInt(bits)) - 1n)

const scratch = new DataView(new ArrayBuffer(8))

function numberOf(bits: number, lane: bigint): number {
  scratch.setBigUint64(0, lane)
  return bits === 32 ? scratch.getFloat32(4) : scratch.getFloat64(0)
}

function bitsOf(bits: number, x: number): bigint {
  if (bits === 64) {
    scratch.setFloat64(0, x)
    return scratch.getBigUint64(0)
  }
  scratch.setFloat32(0, x)
  return BigInt(scratch.getUint32(0))
}

/** Bytes of an instruction: the prefix, its number in LEB128, and immediates. */
function encoding(number: number, ...immediates: number[]): number[] {
  const leb = number < 0x80 ? [number] : [(number & 0x7f) | 0x80, number >> 7]
  return [FIRST_BYTE, ...leb, ...immediates]
}

const truth = (x: boolean) => (x ? -1n : 0n)
const smaller = (a: bigint, b: bigint) => (a < b ? a : b)
const larger = (a: bigint, b: bigint) => (a > b ? a : b)
const abs = (a: bigint) => (a < 0n ? -a : a)

/** Rounds to an integer, a half to the even one. */
export function roundToEven(x: number): number {
  const below = Math.floor(x)
  const rest = x - below
  const rounded = rest < 0.5 ? below : rest > 0.5 ? below + 1 : below % 2 === 0 ? below : below + 1
  return rounded === 0 && (x < 0 || Object.is(x, -0)) ? -0 : rounded
}

const halfOf = { i16x8: "i8x16", i32x4: "i16x8", i64x2: "i32x4" } as const

/** Converts towards zero, saturating; a NaN gives 0. */
const truncated = (lane: bigint, signed: boolean): bigint => {
  const x = numberOf(32, lane)
  if (Number.isNaN(x)) return 0n
  const limit = 2 ** (signed ? 31 : 32)
  const low = signed ? -limit : 0
  return x >= limit ? BigInt(limit) - 1n : x <= low ? BigInt(low) : BigInt(Math.trunc(x))
}

type Meaning = (...args: never[]) => Value

let built: ReadonlyMap<string, PureOp> | undefined

/** Every operation on vectors but shuffles, by name. The table is made on first use, which many runs never reach. */
export function vectorOps(): ReadonlyMap<string, PureOp> {
  built ??= makeOps()
  return built
}

const shuffles = new Map<string, PureOp>()

/** The operation that picks 16 bytes out of two vectors, by their numbers from 0 to 31. */
export function shuffle(picked: readonly number[]): PureOp {
  const name = `i8x16.shuffle<${picked.join(" ")}>`
  const known = shuffles.get(name)
  if (known) return known
  const pick = (a: bigint, b: bigint) => {
    const bytes = [...lanes(a, 8), ...lanes(b, 8)]
    return vector(
      picked.map((n) => bytes[n]!),
      8,
    )
  }
  const made: PureOp = { name, code: encoding(13, ...picked), params: ["v128", "v128"], result: "v128", evaluate: pick }
  shuffles.set(name, made)
  return made
}

function makeOps(): ReadonlyMap<string, PureOp> {
  const ops = new Map<string, PureOp>()
  function define(
    name: string,
    code: readonly number[],
    params: readonly Type[],
    result: Type,
    evaluate: Meaning,
  ): void {
    ops.set(name, { name, code, params, result, evaluate })
  }
  const unary = (name: string, number: number, evaluate: (a: bigint) => bigint) =>
    define(name, encoding(number), ["v128"], "v128", evaluate)
  const binary = (name: string, number: number, evaluate: (a: bigint, b: bigint) => bigint) =>
    define(name, encoding(number), ["v128", "v128"], "v128", evaluate)

  // Bits

  unary("v128.not", 77, (a) => u(VECTOR, ~a))
  binary("v128.and", 78, (a, b) => a & b)
  binary("v128.andnot", 79, (a, b) => a & u(VECTOR, ~b))
  binary("v128.or", 80, (a, b) => a | b)
  binary("v128.xor", 81, (a, b) => a ^ b)
  define(
    "v128.bitselect",
    encoding(82),
    ["v128", "v128", "v128"],
    "v128",
    (a: bigint, b: bigint, c: bigint) => (a & c) | (b & u(VECTOR, ~c)),
  )
  define("v128.anyTrue", encoding(83), ["v128"], "i32", (a: bigint) => (a !== 0n ? 1 : 0))

  // Bytes by their numbers

  binary("i8x16.swizzle", 14, (a, b) => {
    const bytes = lanes(a, 8)
    return map(8, (index) => bytes[Number(index)] ?? 0n)(b)
  })

  // Lanes

  for (const [shape, splat, extract, replace] of [
    ["i8x16", 15, 21, 23],
    ["i16x8", 16, 24, 26],
    ["i32x4", 17, 27, 28],
    ["i64x2", 18, 29, 30],
  ] as const) {
    const bits = SHAPES[shape]
    const type: Type = bits === 64 ? "i64" : "i32"
    const raw = (x: Value) => u(bits, BigInt(x))
    const value = (x: bigint, signed: boolean): Value =>
      bits === 64 ? s(64, x) : Number(bits === 32 || signed ? s(bits, x) : x)
    define(`${shape}.splat`, encoding(splat), [type], "v128", (x: Value) => map(bits, () => raw(x))(0n))
    for (let n = 0; n < VECTOR / bits; n++) {
      for (const [k, sign] of (bits < 32 ? ["S", "U"] : [""]).entries()) {
        define(`${shape}.extractLane${sign}${n}`, encoding(extract + k, n), ["v128"], type, (a: bigint) =>
          value(lanes(a, bits)[n]!, sign === "S"),
        )
      }
      define(`${shape}.replaceLane${n}`, encoding(replace, n), ["v128", type], "v128", (a: bigint, x: Value) =>
        vector(
          lanes(a, bits).map((lane, k) => (k === n ? raw(x) : lane)),
          bits,
        ),
      )
    }
  }

  // Comparisons: all bits of a lane are 1 or 0

  for (const [shape, first] of [
    ["i8x16", 35],
    ["i16x8", 45],
    ["i32x4", 55],
  ] as const) {
    const bits = SHAPES[shape]
    const compare = (n: number, name: string, test: (a: bigint, b: bigint) => boolean) =>
      binary(
        `${shape}.${name}`,
        first + n,
        zip(bits, (a, b) => truth(test(a, b))),
      )
    const signed = (test: (a: bigint, b: bigint) => boolean) => (a: bigint, b: bigint) => test(s(bits, a), s(bits, b))
    compare(0, "eq", (a, b) => a === b)
    compare(1, "ne", (a, b) => a !== b)
    compare(
      2,
      "ltS",
      signed((a, b) => a < b),
    )
    compare(3, "ltU", (a, b) => a < b)
    compare(
      4,
      "gtS",
      signed((a, b) => a > b),
    )
    compare(5, "gtU", (a, b) => a > b)
    compare(
      8,
      "geS",
      signed((a, b) => a >= b),
    )
    compare(9, "geU", (a, b) => a >= b)
  }
  binary(
    "i64x2.eq",
    214,
    zip(64, (a, b) => truth(a === b)),
  )
  binary(
    "i64x2.ltS",
    216,
    zip(64, (a, b) => truth(s(64, a) < s(64, b))),
  )
  for (const [shape, bits, first] of [
    ["f32x4", 32, 65],
    ["f64x2", 64, 71],
  ] as const) {
    const compare = (n: number, name: string, test: (a: number, b: number) => boolean) =>
      binary(
        `${shape}.${name}`,
        first + n,
        zip(bits, (a, b) => truth(test(numberOf(bits, a), numberOf(bits, b)))),
      )
    compare(0, "eq", (a, b) => a === b)
    compare(1, "ne", (a, b) => a !== b)
    compare(2, "lt", (a, b) => a < b)
    compare(3, "gt", (a, b) => a > b)
    compare(4, "le", (a, b) => a <= b)
    compare(5, "ge", (a, b) => a >= b)
  }

  // Integer arithmetic

  for (const [shape, base] of [
    ["i8x16", 96],
    ["i16x8", 128],
    ["i32x4", 160],
    ["i64x2", 192],
  ] as const) {
    const bits = SHAPES[shape]
    const signed = (x: bigint) => s(bits, x)
    unary(
      `${shape}.abs`,
      base,
      map(bits, (a) => abs(signed(a))),
    )
    unary(
      `${shape}.neg`,
      base + 1,
      map(bits, (a) => -a),
    )
    define(`${shape}.allTrue`, encoding(base + 3), ["v128"], "i32", (a: bigint) =>
      lanes(a, bits).every((lane) => lane !== 0n) ? 1 : 0,
    )
    const shift = (n: number, name: string, each: (a: bigint, by: bigint) => bigint) =>
      define(`${shape}.${name}`, encoding(base + n), ["v128", "i32"], "v128", (a: bigint, by: number) =>
        map(bits, (lane) => each(lane, BigInt(by & (bits - 1))))(a),
      )
    shift(11, "shl", (a, by) => a << by)
    shift(12, "shrS", (a, by) => signed(a) >> by)
    shift(13, "shrU", (a, by) => a >> by)
    const each = (n: number, name: string, work: (a: bigint, b: bigint) => bigint) =>
      binary(`${shape}.${name}`, base + n, zip(bits, work))
    each(14, "add", (a, b) => a + b)
    each(17, "sub", (a, b) => a - b)
    if (bits > 8) each(21, "mul", (a, b) => a * b)
    if (bits === 64) continue
    each(22, "minS", (a, b) => smaller(signed(a), signed(b)))
    each(23, "minU", smaller)
    each(24, "maxS", (a, b) => larger(signed(a), signed(b)))
    each(25, "maxU", larger)
    if (bits === 32) continue
    each(15, "addSatS", (a, b) => saturated(true, bits, signed(a) + signed(b)))
    each(16, "addSatU", (a, b) => saturated(false, bits, a + b))
    each(18, "subSatS", (a, b) => saturated(true, bits, signed(a) - signed(b)))
    each(19, "subSatU", (a, b) => saturated(false, bits, a - b))
    each(27, "avgrU", (a, b) => (a + b + 1n) >> 1n)
  }
  unary(
    "i8x16.popcnt",
    98,
    map(8, (a) => BigInt(a.toString(2).replaceAll("0", "").length)),
  )

  // Lanes of twice the width, and of half of it

  for (const [shape, extend, multiply, narrow, pairwise] of [
    ["i16x8", 135, 156, 101, 124],
    ["i32x4", 167, 188, 133, 126],
    ["i64x2", 199, 220, undefined, undefined],
  ] as const) {
    const bits = SHAPES[shape]
    const from = halfOf[shape]
    const count = VECTOR / bits
    for (const [k, sign] of (["S", "U"] as const).entries()) {
      const wide = (x: bigint) => (sign === "S" ? s(bits / 2, x) : x)
      for (const [h, half] of (["Low", "High"] as const).entries()) {
        const part = (x: bigint) =>
          lanes(x, bits / 2)
            .slice(h * count, h * count + count)
            .map(wide)
        unary(`${shape}.extend${half}${sign}`, extend + 2 * k + h, (a) => vector(part(a), bits))
        binary(`${shape}.extmul${half}${sign}`, multiply + 2 * k + h, (a, b) => {
          const other = part(b)
          return vector(
            part(a).map((lane, n) => lane * other[n]!),
            bits,
          )
        })
      }
      if (narrow === undefined) continue
      binary(`${from}.narrow${sign}`, narrow + k, (a, b) =>
        vector(
          [...lanes(a, bits), ...lanes(b, bits)].map((lane) => saturated(sign === "S", bits / 2, s(bits, lane))),
          bits / 2,
        ),
      )
      unary(`${shape}.extaddPairwise${sign}`, pairwise + k, (a) => {
        const narrowLanes = lanes(a, bits / 2).map(wide)
        return vector(
          Array.from({ length: count }, (_, n) => narrowLanes[2 * n]! + narrowLanes[2 * n + 1]!),
          bits,
        )
      })
    }
  }

  binary("i32x4.dotS", 186, (a, b) => {
    const [x, y] = [lanes(a, 16), lanes(b, 16)]
    const product = (n: number) => s(16, x[n]!) * s(16, y[n]!)
    return vector(
      [0, 2, 4, 6].map((n) => product(n) + product(n + 1)),
      32,
    )
  })

  // Floating point: a result that is a NaN may be any

  for (const [shape, bits, first] of [
    ["f32x4", 32, 224],
    ["f64x2", 64, 236],
  ] as const) {
    const one = (n: number, name: string, work: (a: number) => number) =>
      unary(
        `${shape}.${name}`,
        first + n,
        map(bits, (a) => bitsOf(bits, work(numberOf(bits, a)))),
      )
    const two = (n: number, name: string, work: (a: number, b: number) => number) =>
      binary(
        `${shape}.${name}`,
        first + n,
        zip(bits, (a, b) => bitsOf(bits, work(numberOf(bits, a), numberOf(bits, b)))),
      )
    const sign = 1n << BigInt(bits - 1)
    unary(
      `${shape}.abs`,
      first,
      map(bits, (a) => a & ~sign),
    )
    unary(
      `${shape}.neg`,
      first + 1,
      map(bits, (a) => a ^ sign),
    )
    one(3, "sqrt", Math.sqrt)
    two(4, "add", (a, b) => a + b)
    two(5, "sub", (a, b) => a - b)
    two(6, "mul", (a, b) => a * b)
    two(7, "div", (a, b) => a / b)
    two(8, "min", Math.min)
    two(9, "max", Math.max)
  }

  for (const [number, name, work] of [
    [103, "ceil", Math.ceil],
    [104, "floor", Math.floor],
    [105, "trunc", Math.trunc],
    [106, "nearest", roundToEven],
  ] as const) {
    unary(
      `f32x4.${name}`,
      number,
      map(32, (a) => bitsOf(32, work(numberOf(32, a)))),
    )
  }

  for (const [k, sign] of (["S", "U"] as const).entries()) {
    const isSigned = sign === "S"
    unary(
      `i32x4.truncSat${sign}`,
      248 + k,
      map(32, (a) => truncated(a, isSigned)),
    )
    unary(
      `f32x4.convert${sign}`,
      250 + k,
      map(32, (a) => bitsOf(32, Number(isSigned ? s(32, a) : a))),
    )
  }
  /** The two lower lanes in double precision, and two lanes in single precision with zeros above. */
  unary("f64x2.promoteLow", 95, (a) =>
    vector(
      lanes(a, 32)
        .slice(0, 2)
        .map((lane) => bitsOf(64, numberOf(32, lane))),
      64,
    ),
  )
  unary("f32x4.demoteZero", 94, (a) =>
    vector(
      lanes(a, 64).map((lane) => bitsOf(32, numberOf(64, lane))),
      32,
    ),
  )
  return ops
}
