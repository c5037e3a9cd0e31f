// The checksums of lz4 and zstd files: XXH32 and XXH64 with seed 0 (xxHash fast digest algorithm, version 0.1.1).

const P32 = [0x9e37_79b1, 0x85eb_ca77, 0xc2b2_ae3d, 0x27d4_eb2f, 0x1656_67b1] as const

const rotate = (value: number, bits: number) => (value << bits) | (value >>> (32 - bits))
const word = (bytes: Uint8Array, at: number) =>
  bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)

/** XXH32 of `bytes`, an unsigned number. */
export function xxh32(bytes: Uint8Array): number {
  const [p1, p2, p3, p4, p5] = P32
  const end = bytes.length
  const lane = (value: number, at: number) => Math.imul(rotate((value + Math.imul(word(bytes, at), p2)) | 0, 13), p1)
  let at = 0
  let hash = p5 | 0
  if (end >= 16) {
    let a = (p1 + p2) | 0
    let b = p2 | 0
    let c = 0
    let d = -p1 | 0
    for (; at + 16 <= end; at += 16) {
      a = lane(a, at)
      b = lane(b, at + 4)
      c = lane(c, at + 8)
      d = lane(d, at + 12)
    }
    hash = (rotate(a, 1) + rotate(b, 7) + rotate(c, 12) + rotate(d, 18)) | 0
  }
  hash = (hash + end) | 0
  for (; at + 4 <= end; at += 4) hash = Math.imul(rotate((hash + Math.imul(word(bytes, at), p3)) | 0, 17), p4)
  for (; at < end; at++) hash = Math.imul(rotate((hash + Math.imul(bytes[at]!, p5)) | 0, 11), p1)
  hash = Math.imul(hash ^ (hash >>> 15), p2)
  hash = Math.imul(hash ^ (hash >>> 13), p3)
  return (hash ^ (hash >>> 16)) >>> 0
}

const P1 = 0x9e37_79b1_85eb_ca87n
const P2 = 0xc2b2_ae3d_27d4_eb4fn
const P3 = 0x1656_67b1_9e37_79f9n
const P4 = 0x85eb_ca77_c2b2_ae63n
const P5 = 0x27d4_eb2f_1656_67c5n

const wrap = (value: bigint) => BigInt.asUintN(64, value)
const rotate64 = (value: bigint, bits: bigint) => wrap(value << bits) | (value >> (64n - bits))
const round64 = (lane: bigint, input: bigint) => wrap(rotate64(wrap(lane + input * P2), 31n) * P1)

/** The low 32 bits of XXH64 of `bytes`, unsigned: what zstd keeps of it. */
export function xxh64Low(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const end = bytes.length
  const stripes = end & ~31
  let hash = P5
  if (stripes > 0) {
    const lanes = mixStripes(bytes, stripes)
    hash = wrap([1n, 7n, 12n, 18n].reduce((sum, bits, n) => sum + rotate64(lanes[n]!, bits), 0n))
    for (const lane of lanes) hash = wrap((hash ^ round64(0n, lane)) * P1 + P4)
  }
  hash = wrap(hash + BigInt(end))
  let at = stripes
  for (; at + 8 <= end; at += 8) hash = wrap(rotate64(hash ^ round64(0n, view.getBigUint64(at, true)), 27n) * P1 + P4)
  if (at + 4 <= end) {
    hash = wrap(rotate64(hash ^ wrap(BigInt(view.getUint32(at, true)) * P1), 23n) * P2 + P3)
    at += 4
  }
  for (; at < end; at++) hash = wrap(rotate64(hash ^ wrap(BigInt(bytes[at]!) * P5), 11n) * P1)
  hash = wrap((hash ^ (hash >> 33n)) * P2)
  hash = wrap((hash ^ (hash >> 29n)) * P3)
  hash ^= hash >> 32n
  return Number(hash & 0xffff_ffffn)
}

// The bulk of the work. In halves of 32 bits it is much faster than with bigints.
function mixStripes(bytes: Uint8Array, end: number): bigint[] {
  const starts = [wrap(P1 + P2), P2, 0n, wrap(-P1)]
  const lanes = Int32Array.from(starts.flatMap((value) => [Number(value & 0xffff_ffffn), Number(value >> 32n)]))
  for (let at = 0; at < end; ) {
    for (let lane = 0; lane < 8; lane += 2, at += 8) {
      multiply(word(bytes, at), word(bytes, at + 4), 0x27d4_eb4f, 0xc2b2_ae3d)
      const low = (lanes[lane]! >>> 0) + (productLow >>> 0)
      const high = (lanes[lane + 1]! + productHigh + (low > 0xffff_ffff ? 1 : 0)) | 0
      // Rotated left by 31: the halves change places, and the whole goes right by 1.
      multiply((low << 31) | (high >>> 1), (high << 31) | ((low | 0) >>> 1), 0x85eb_ca87, 0x9e37_79b1)
      lanes[lane] = productLow
      lanes[lane + 1] = productHigh
    }
  }
  return [0, 2, 4, 6].map((n) => (BigInt(lanes[n + 1]! >>> 0) << 32n) | BigInt(lanes[n]! >>> 0))
}

let productLow = 0
let productHigh = 0

/** The product modulo 2 ** 64 of numbers in halves. */
function multiply(aLow: number, aHigh: number, bLow: number, bHigh: number): void {
  const a0 = aLow & 0xffff
  const a1 = aLow >>> 16
  const b0 = bLow & 0xffff
  const b1 = bLow >>> 16
  const middle = a1 * b0 + ((Math.imul(a0, b0) >>> 16) >>> 0)
  const other = a0 * b1 + (middle & 0xffff)
  const carried = a1 * b1 + Math.floor(middle / 65_536) + Math.floor(other / 65_536)
  productLow = Math.imul(aLow, bLow)
  productHigh = (carried + Math.imul(aLow, bHigh) + Math.imul(aHigh, bLow)) | 0
}
