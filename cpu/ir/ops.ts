// The table of pure operations of the IR: name, WebAssembly opcode, signature, and meaning
// (WebAssembly Core Specification 2.0, chapters 4.3 Numerics and 5.4.6 Numeric Instructions).

import type { PureOp, Type, Value } from "./types.ts"
import { roundToEven, vectorOps } from "./vector-ops.ts"

const i32 = (x: bigint) => Number(BigInt.asIntN(32, x))
const s64 = (x: bigint) => BigInt.asIntN(64, x)
const u64 = (x: bigint) => BigInt.asUintN(64, x)
const bool = (x: boolean) => (x ? 1 : 0)

const scratch = new DataView(new ArrayBuffer(8))

function saturate(x: number, low: bigint, high: bigint): bigint {
  if (Number.isNaN(x)) return 0n
  if (x <= Number(low)) return low
  if (x >= Number(high)) return high
  return BigInt(Math.trunc(x))
}

function countBits64(x: bigint): bigint {
  let n = 0n
  for (let rest = u64(x); rest !== 0n; rest &= rest - 1n) n++
  return n
}

function leadingZeros64(x: bigint): bigint {
  const high = Number(u64(x) >> 32n)
  return BigInt(high !== 0 ? Math.clz32(high) : 32 + Math.clz32(Number(u64(x) & 0xffff_ffffn)))
}

function countBits32(x: number): number {
  let n = 0
  for (let rest = x; rest !== 0; rest &= rest - 1) n++
  return n
}

const trailingZeros32 = (x: number) => (x === 0 ? 32 : 31 - Math.clz32(x & -x))
const trailingZeros64 = (x: bigint) => (x === 0n ? 64n : 63n - leadingZeros64(x & -x))

type Signature = readonly [params: readonly Type[], result: Type]
const II: Signature = [["i32", "i32"], "i32"]
const I: Signature = [["i32"], "i32"]
const LL: Signature = [["i64", "i64"], "i64"]
const L: Signature = [["i64"], "i64"]
const LLI: Signature = [["i64", "i64"], "i32"]
const DD: Signature = [["f64", "f64"], "f64"]
const D: Signature = [["f64"], "f64"]
const DDI: Signature = [["f64", "f64"], "i32"]
const FF: Signature = [["f32", "f32"], "f32"]
const F: Signature = [["f32"], "f32"]
const FFI: Signature = [["f32", "f32"], "i32"]

/** Every pure operation on scalars by name. Semantics avoid division by zero, and of the most negative number by -1. */
export const OPS = new Map<string, PureOp>()

function define<A extends Value>(
  name: string,
  code: number | readonly number[],
  [params, result]: Signature,
  evaluate: (...args: A[]) => Value,
) {
  OPS.set(name, { name, code: typeof code === "number" ? [code] : code, params, result, evaluate })
}

define("i32.eqz", 0x45, I, (a: number) => bool(a === 0))
define("i32.eq", 0x46, II, (a: number, b: number) => bool(a === b))
define("i32.ne", 0x47, II, (a: number, b: number) => bool(a !== b))
define("i32.ltS", 0x48, II, (a: number, b: number) => bool(a < b))
define("i32.ltU", 0x49, II, (a: number, b: number) => bool(a >>> 0 < b >>> 0))
define("i32.gtS", 0x4a, II, (a: number, b: number) => bool(a > b))
define("i32.gtU", 0x4b, II, (a: number, b: number) => bool(a >>> 0 > b >>> 0))
define("i32.leS", 0x4c, II, (a: number, b: number) => bool(a <= b))
define("i32.leU", 0x4d, II, (a: number, b: number) => bool(a >>> 0 <= b >>> 0))
define("i32.geS", 0x4e, II, (a: number, b: number) => bool(a >= b))
define("i32.geU", 0x4f, II, (a: number, b: number) => bool(a >>> 0 >= b >>> 0))
define("i32.clz", 0x67, I, (a: number) => Math.clz32(a))
define("i32.ctz", 0x68, I, trailingZeros32)
define("i32.popcnt", 0x69, I, countBits32)
define("i32.add", 0x6a, II, (a: number, b: number) => (a + b) | 0)
define("i32.sub", 0x6b, II, (a: number, b: number) => (a - b) | 0)
define("i32.mul", 0x6c, II, (a: number, b: number) => Math.imul(a, b))
define("i32.divS", 0x6d, II, (a: number, b: number) => (a / b) | 0)
define("i32.divU", 0x6e, II, (a: number, b: number) => ((a >>> 0) / (b >>> 0)) | 0)
define("i32.remS", 0x6f, II, (a: number, b: number) => (a % b) | 0)
define("i32.remU", 0x70, II, (a: number, b: number) => ((a >>> 0) % (b >>> 0)) | 0)
define("i32.and", 0x71, II, (a: number, b: number) => a & b)
define("i32.or", 0x72, II, (a: number, b: number) => a | b)
define("i32.xor", 0x73, II, (a: number, b: number) => a ^ b)
define("i32.shl", 0x74, II, (a: number, b: number) => a << b)
define("i32.shrS", 0x75, II, (a: number, b: number) => a >> b)
define("i32.shrU", 0x76, II, (a: number, b: number) => (a >>> b) | 0)
define("i32.rotl", 0x77, II, (a: number, b: number) => (a << (b & 31)) | ((a >>> 1) >>> (31 - (b & 31))))
define("i32.rotr", 0x78, II, (a: number, b: number) => (a >>> (b & 31)) | ((a << 1) << (31 - (b & 31))))
define("i32.extend8S", 0xc0, I, (a: number) => (a << 24) >> 24)
define("i32.extend16S", 0xc1, I, (a: number) => (a << 16) >> 16)

define("i64.eqz", 0x50, [["i64"], "i32"], (a: bigint) => bool(a === 0n))
define("i64.eq", 0x51, LLI, (a: bigint, b: bigint) => bool(a === b))
define("i64.ne", 0x52, LLI, (a: bigint, b: bigint) => bool(a !== b))
define("i64.ltS", 0x53, LLI, (a: bigint, b: bigint) => bool(a < b))
define("i64.ltU", 0x54, LLI, (a: bigint, b: bigint) => bool(u64(a) < u64(b)))
define("i64.gtS", 0x55, LLI, (a: bigint, b: bigint) => bool(a > b))
define("i64.gtU", 0x56, LLI, (a: bigint, b: bigint) => bool(u64(a) > u64(b)))
define("i64.leS", 0x57, LLI, (a: bigint, b: bigint) => bool(a <= b))
define("i64.leU", 0x58, LLI, (a: bigint, b: bigint) => bool(u64(a) <= u64(b)))
define("i64.geS", 0x59, LLI, (a: bigint, b: bigint) => bool(a >= b))
define("i64.geU", 0x5a, LLI, (a: bigint, b: bigint) => bool(u64(a) >= u64(b)))
define("i64.clz", 0x79, L, leadingZeros64)
define("i64.ctz", 0x7a, L, trailingZeros64)
define("i64.popcnt", 0x7b, L, countBits64)
define("i64.add", 0x7c, LL, (a: bigint, b: bigint) => s64(a + b))
define("i64.sub", 0x7d, LL, (a: bigint, b: bigint) => s64(a - b))
define("i64.mul", 0x7e, LL, (a: bigint, b: bigint) => s64(a * b))
define("i64.divS", 0x7f, LL, (a: bigint, b: bigint) => s64(a / b))
define("i64.divU", 0x80, LL, (a: bigint, b: bigint) => s64(u64(a) / u64(b)))
define("i64.remS", 0x81, LL, (a: bigint, b: bigint) => s64(a % b))
define("i64.remU", 0x82, LL, (a: bigint, b: bigint) => s64(u64(a) % u64(b)))
define("i64.and", 0x83, LL, (a: bigint, b: bigint) => s64(a & b))
define("i64.or", 0x84, LL, (a: bigint, b: bigint) => s64(a | b))
define("i64.xor", 0x85, LL, (a: bigint, b: bigint) => s64(a ^ b))
define("i64.shl", 0x86, LL, (a: bigint, b: bigint) => s64(a << (b & 63n)))
define("i64.shrS", 0x87, LL, (a: bigint, b: bigint) => s64(a >> (b & 63n)))
define("i64.shrU", 0x88, LL, (a: bigint, b: bigint) => s64(u64(a) >> (b & 63n)))
define("i64.rotl", 0x89, LL, (a: bigint, b: bigint) => s64((a << (b & 63n)) | (u64(a) >> ((64n - (b & 63n)) & 63n))))
define("i64.rotr", 0x8a, LL, (a: bigint, b: bigint) => s64((u64(a) >> (b & 63n)) | (a << ((64n - (b & 63n)) & 63n))))
define("i64.extend8S", 0xc2, L, (a: bigint) => BigInt.asIntN(8, a))
define("i64.extend16S", 0xc3, L, (a: bigint) => BigInt.asIntN(16, a))
define("i64.extend32S", 0xc4, L, (a: bigint) => BigInt.asIntN(32, a))
define("i32.wrap", 0xa7, [["i64"], "i32"], i32)
define("i64.extendS", 0xac, [["i32"], "i64"], (a: number) => BigInt(a))
define("i64.extendU", 0xad, [["i32"], "i64"], (a: number) => BigInt(a >>> 0))

for (const [prefix, base, compare, one, two, test] of [
  ["f32", 0x8b, 0x5b, F, FF, FFI],
  ["f64", 0x99, 0x61, D, DD, DDI],
] as const) {
  const round = prefix === "f32" ? Math.fround : (x: number) => x
  define(`${prefix}.eq`, compare, test, (a: number, b: number) => bool(a === b))
  define(`${prefix}.ne`, compare + 1, test, (a: number, b: number) => bool(a !== b))
  define(`${prefix}.lt`, compare + 2, test, (a: number, b: number) => bool(a < b))
  define(`${prefix}.gt`, compare + 3, test, (a: number, b: number) => bool(a > b))
  define(`${prefix}.le`, compare + 4, test, (a: number, b: number) => bool(a <= b))
  define(`${prefix}.ge`, compare + 5, test, (a: number, b: number) => bool(a >= b))
  define(`${prefix}.abs`, base, one, (a: number) => Math.abs(a))
  define(`${prefix}.neg`, base + 1, one, (a: number) => -a)
  define(`${prefix}.ceil`, base + 2, one, (a: number) => Math.ceil(a))
  define(`${prefix}.floor`, base + 3, one, (a: number) => Math.floor(a))
  define(`${prefix}.trunc`, base + 4, one, (a: number) => Math.trunc(a))
  define(`${prefix}.nearest`, base + 5, one, roundToEven)
  define(`${prefix}.sqrt`, base + 6, one, (a: number) => round(Math.sqrt(a)))
  define(`${prefix}.add`, base + 7, two, (a: number, b: number) => round(a + b))
  define(`${prefix}.sub`, base + 8, two, (a: number, b: number) => round(a - b))
  define(`${prefix}.mul`, base + 9, two, (a: number, b: number) => round(a * b))
  define(`${prefix}.div`, base + 10, two, (a: number, b: number) => round(a / b))
  define(`${prefix}.min`, base + 11, two, (a: number, b: number) => Math.min(a, b))
  define(`${prefix}.max`, base + 12, two, (a: number, b: number) => Math.max(a, b))
}

define("f32.convertI32S", 0xb2, [["i32"], "f32"], (a: number) => Math.fround(a))
define("f32.convertI32U", 0xb3, [["i32"], "f32"], (a: number) => Math.fround(a >>> 0))
define("f32.demote", 0xb6, [["f64"], "f32"], (a: number) => Math.fround(a))
define("f64.convertI32S", 0xb7, [["i32"], "f64"], (a: number) => a)
define("f64.convertI32U", 0xb8, [["i32"], "f64"], (a: number) => a >>> 0)
define("f64.convertI64S", 0xb9, [["i64"], "f64"], (a: bigint) => Number(a))
define("f64.convertI64U", 0xba, [["i64"], "f64"], (a: bigint) => Number(u64(a)))
define("f64.promote", 0xbb, [["f32"], "f64"], (a: number) => a)
define("i32.truncSatF64S", [0xfc, 2], [["f64"], "i32"], (a: number) =>
  Number(saturate(a, -(1n << 31n), (1n << 31n) - 1n)),
)
define("i32.truncSatF64U", [0xfc, 3], [["f64"], "i32"], (a: number) => i32(saturate(a, 0n, (1n << 32n) - 1n)))
define("i64.truncSatF64S", [0xfc, 6], [["f64"], "i64"], (a: number) => s64(saturate(a, -(1n << 63n), (1n << 63n) - 1n)))
define("i64.truncSatF64U", [0xfc, 7], [["f64"], "i64"], (a: number) => s64(saturate(a, 0n, (1n << 64n) - 1n)))
// Reinterprets the bits of a value as another type.
define("i32.reinterpret", 0xbc, [["f32"], "i32"], (a: number) => {
  scratch.setFloat32(0, a)
  return scratch.getInt32(0)
})
define("i64.reinterpret", 0xbd, [["f64"], "i64"], (a: number) => {
  scratch.setFloat64(0, a)
  return scratch.getBigInt64(0)
})
define("f32.reinterpret", 0xbe, [["i32"], "f32"], (a: number) => {
  scratch.setInt32(0, a)
  return scratch.getFloat32(0)
})
define("f64.reinterpret", 0xbf, [["i64"], "f64"], (a: bigint) => {
  scratch.setBigInt64(0, a)
  return scratch.getFloat64(0)
})

/** The operation of that name; throws if the table lacks it (a programming error). */
export function op(name: string): PureOp {
  const found = OPS.get(name) ?? vectorOps().get(name)
  if (!found) throw new Error(`no IR operation ${name}`)
  return found
}
