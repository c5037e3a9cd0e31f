// Configuration variables in NVRAM: the partition "common" (CHRP Binding to IEEE 1275, section 5.3).

import { asciiText } from "../../byte-reader.ts"
import type { NvramPort } from "../ports.ts"

const HEADER_BYTES = 16
const BLOCK_BYTES = 16
const SIGNATURE_SYSTEM = 0x70
const SIGNATURE_FREE = 0x7f
const NAME_SYSTEM = "common"
const NAME_FREE = "wwwwwwwwwwww"
/** Bytes of the partition if the firmware formats an empty NVRAM. */
const NEW_PARTITION_BYTES = 0x1000

interface NvramPartition {
  readonly signature: number
  readonly name: string
  readonly start: number
  readonly size: number
}

/** Reads the variables of an NVRAM; none if it has no partition for them. */
export function readVariables(port: NvramPort): Map<string, string> {
  const variables = new Map<string, string>()
  const partition = findSystem(port)
  if (!partition) return variables
  const bytes = readBytes(port, partition.start + HEADER_BYTES, partition.size - HEADER_BYTES)
  for (const entry of asciiText(bytes).split("\0")) {
    // An empty text ends the list.
    if (entry === "") break
    const equals = entry.indexOf("=")
    if (equals > 0) variables.set(entry.slice(0, equals), entry.slice(equals + 1))
  }
  return variables
}

/** Stores variables in place of those that were there; false if they do not fit. An empty NVRAM is formatted. */
export function writeVariables(port: NvramPort, variables: ReadonlyMap<string, string>): boolean {
  const partition = findSystem(port) ?? format(port)
  if (!partition) return false
  const text = [...variables].map(([name, value]) => `${name}=${value}\0`).join("")
  const room = partition.size - HEADER_BYTES
  if (text.length >= room) return false
  for (let i = 0; i < room; i++) {
    // Only what changes is written: a real NVRAM wears out.
    const byte = i < text.length ? text.charCodeAt(i) & 0xff : 0
    const at = partition.start + HEADER_BYTES + i
    if (port.read(at) !== byte) port.write(at, byte)
  }
  return true
}

function findSystem(port: NvramPort): NvramPartition | undefined {
  return partitions(port).find(({ signature, name }) => signature === SIGNATURE_SYSTEM && name === NAME_SYSTEM)
}

/** The chain of partitions, up to the first header that is not valid. */
function partitions(port: NvramPort): NvramPartition[] {
  const found: NvramPartition[] = []
  for (let start = 0; start + HEADER_BYTES <= port.size; ) {
    const header = readBytes(port, start, HEADER_BYTES)
    const size = ((header[2]! << 8) | header[3]!) * BLOCK_BYTES
    if (size === 0 || start + size > port.size || header[1] !== checksum(header)) break
    const name = asciiText(header.subarray(4)).replace(/\0.*$/s, "")
    found.push({ signature: header[0]!, name, start, size })
    start += size
  }
  return found
}

/** Makes a partition for variables in an NVRAM that is empty; one with other contents is left alone. */
function format(port: NvramPort): NvramPartition | undefined {
  const isEmpty = readBytes(port, 0, HEADER_BYTES).every((byte) => byte === 0 || byte === 0xff)
  const size = Math.min(NEW_PARTITION_BYTES, port.size - HEADER_BYTES)
  if (!isEmpty || size <= HEADER_BYTES || port.size % BLOCK_BYTES !== 0) return undefined
  writeHeader(port, { signature: SIGNATURE_SYSTEM, name: NAME_SYSTEM, start: 0, size })
  for (let i = HEADER_BYTES; i < size; i++) port.write(i, 0)
  writeHeader(port, { signature: SIGNATURE_FREE, name: NAME_FREE, start: size, size: port.size - size })
  return findSystem(port)
}

function writeHeader(port: NvramPort, { signature, name, start, size }: NvramPartition): void {
  const header = new Uint8Array(HEADER_BYTES)
  const blocks = size / BLOCK_BYTES
  header.set([signature, 0, blocks >>> 8, blocks & 0xff])
  header.set(new TextEncoder().encode(name), 4)
  header[1] = checksum(header)
  for (const [i, byte] of header.entries()) port.write(start + i, byte)
}

/** The sum of a header's other bytes; a carry out of eight bits comes in again. */
function checksum(header: Uint8Array): number {
  let sum = header[0]!
  for (const byte of header.subarray(2)) {
    sum += byte
    if (sum > 0xff) sum = (sum & 0xff) + 1
  }
  return sum
}

function readBytes(port: NvramPort, start: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => port.read(start + i))
}
