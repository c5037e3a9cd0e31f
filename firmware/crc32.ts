// CRC-32 as in ISO 3309 and RFC 1952 section 8: polynomial 0x04c11db7, bits reflected.

/** Tables of the CRC of a byte that 0, 1, 2 and 3 zero bytes follow. */
const [T0, T1, T2, T3] = makeTables() as [Uint32Array, Uint32Array, Uint32Array, Uint32Array]

function makeTables(): Uint32Array[] {
  const first = Uint32Array.from({ length: 256 }, (_, byte) => {
    let value = byte
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb8_8320 : value >>> 1
    return value
  })
  const tables = [first]
  while (tables.length < 4) tables.push(tables.at(-1)!.map((value) => first[value & 0xff]! ^ (value >>> 8)))
  return tables
}

/** CRC-32 of `bytes`, continuing from the CRC of what came before; an unsigned 32-bit number. */
export function crc32(bytes: Uint8Array, before = 0): number {
  let crc = ~before
  const whole = bytes.length & ~3
  for (let i = 0; i < whole; i += 4) {
    crc ^= bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24)
    crc = T3[crc & 0xff]! ^ T2[(crc >>> 8) & 0xff]! ^ T1[(crc >>> 16) & 0xff]! ^ T0[crc >>> 24]!
  }
  for (let i = whole; i < bytes.length; i++) crc = T0[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8)
  return ~crc >>> 0
}
