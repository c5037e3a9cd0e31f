// NVRAM as CHRP lays it out: partitions, and the Open Firmware variables in one of them.
// Reference: CHRP System Binding, chapter 8; QEMU's initial contents for the Macs.

/** Signatures of partitions. */
export const NVRAM_SIGNATURE = { FREE: 0x7f, SYSTEM: 0x70, MAC_OS: 0x5a } as const

/** A partition: its signature, its name, and where its data lie, without the header. */
export type NvramPartition = {
  readonly signature: number
  readonly name: string
  readonly at: number
  readonly bytes: number
}

const HEADER = 16
/** Lengths are in units of this many bytes. */
const UNIT = 16
/** Where OpenBIOS keeps its variables; it cannot enlarge the partition. */
const SYSTEM_BYTES = 0xc10

/** The checksum of a header: the sum of its other bytes, with the carry added at the low end. */
function checksum(header: Uint8Array): number {
  let sum = 0
  for (const [n, byte] of header.entries()) if (n !== 1) sum += byte
  while (sum > 0xff) sum = (sum & 0xff) + (sum >> 8)
  return sum
}

function writeHeader(nvram: Uint8Array, at: number, signature: number, name: string, bytes: number): void {
  const header = nvram.subarray(at, at + HEADER)
  header.fill(0)
  header[0] = signature
  header[2] = Math.floor(bytes / UNIT) >> 8
  header[3] = Math.floor(bytes / UNIT) & 0xff
  header.set(new TextEncoder().encode(name).subarray(0, 12), 4)
  header[1] = checksum(header)
}

/** The partitions of an NVRAM, or undefined if it is not formatted or damaged. */
export function nvramPartitions(nvram: Uint8Array): NvramPartition[] | undefined {
  const partitions: NvramPartition[] = []
  for (let at = 0; at < nvram.length; ) {
    const header = nvram.subarray(at, at + HEADER)
    if (header.length < HEADER || checksum(header) !== header[1]) return undefined
    const bytes = ((header[2]! << 8) | header[3]!) * UNIT
    if (bytes === 0 || at + bytes > nvram.length) return undefined
    const [name = ""] = String.fromCharCode(...header.subarray(4)).split("\0")
    partitions.push({ signature: header[0]!, name, at: at + HEADER, bytes: bytes - HEADER })
    at += bytes
  }
  return partitions
}

/** The Open Firmware variables in the system partition, by name; none if the NVRAM is not formatted. */
export function readNvramVariables(nvram: Uint8Array): Map<string, string> {
  const variables = new Map<string, string>()
  const system = nvramPartitions(nvram)?.find(({ signature }) => signature === NVRAM_SIGNATURE.SYSTEM)
  if (system === undefined) return variables
  for (let at = system.at; at < system.at + system.bytes && nvram[at] !== 0; ) {
    let end = at
    while (end < system.at + system.bytes && nvram[end] !== 0) end++
    const text = new TextDecoder("latin1").decode(nvram.subarray(at, end))
    const equals = text.indexOf("=")
    if (equals > 0) variables.set(text.slice(0, equals), text.slice(equals + 1))
    at = end + 1
  }
  return variables
}

/** Writes the variables into the system partition; false, and nothing is written, if there is none or it is too small. */
export function writeNvramVariables(nvram: Uint8Array, variables: Iterable<readonly [string, string]>): boolean {
  const system = nvramPartitions(nvram)?.find(({ signature }) => signature === NVRAM_SIGNATURE.SYSTEM)
  const text = [...variables].map(([name, value]) => `${name}=${value}\0`).join("")
  // A zero ends the list, too.
  if (system === undefined || text.length + 1 > system.bytes) return false
  nvram.fill(0, system.at, system.at + system.bytes)
  for (let n = 0; n < text.length; n++) nvram[system.at + n] = text.charCodeAt(n)
  return true
}

/**
 * A formatted NVRAM as QEMU prepares it for OpenBIOS: a system partition, free space, and in the second half the
 * partition of Mac OS X.
 */
export function formatNvram(bytes = 0x2000, variables: Iterable<readonly [string, string]> = []): Uint8Array {
  const nvram = new Uint8Array(bytes)
  const half = bytes / 2
  writeHeader(nvram, 0, NVRAM_SIGNATURE.SYSTEM, "system", SYSTEM_BYTES)
  writeHeader(nvram, SYSTEM_BYTES, NVRAM_SIGNATURE.FREE, "free", half - SYSTEM_BYTES)
  writeHeader(nvram, half, NVRAM_SIGNATURE.MAC_OS, "w".repeat(11), half)
  const view = new DataView(nvram.buffer)
  // The generation of the contents, then their checksum before it.
  view.setUint32(half + HEADER + 4, 2)
  view.setUint32(half + HEADER, adler32(nvram.subarray(half + HEADER + 4)))
  writeNvramVariables(nvram, variables)
  return nvram
}

/** Adler-32 (RFC 1950, section 8), from a sum of zero, as Mac OS X starts it. */
function adler32(bytes: Uint8Array): number {
  let [low, high] = [0, 0]
  for (const byte of bytes) {
    low = (low + byte) % 65_521
    high = (high + low) % 65_521
  }
  return ((high << 16) | low) >>> 0
}
