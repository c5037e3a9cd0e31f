// The tagged list, which describes the board to an ARM kernel without device tree (Linux: Documentation/arm/booting.rst, section 4a).

import { ByteWriter } from "../byte-writer.ts"

/** The contents of the list; addresses are physical, sizes in bytes. */
export interface AtagFacts {
  ramBase: number
  ramBytes: number
  initrd?: { address: number; size: number }
  commandLine?: string
}

const ATAG_CORE = 0x5441_0001
const ATAG_MEM = 0x5441_0002
const ATAG_CMDLINE = 0x5441_0009
const ATAG_INITRD2 = 0x5442_0005
const PAGE_BYTES = 4096
const ROOT_READ_ONLY = 1

/** The list as bytes in memory, little-endian; each tag starts with its size in words and its number. */
export function encodeAtags(facts: AtagFacts): Uint8Array {
  const out = new ByteWriter("little")
  const tag = (number: number, ...words: number[]): void => {
    for (const word of [words.length + 2, number, ...words]) out.u32(word)
  }
  tag(ATAG_CORE, ROOT_READ_ONLY, PAGE_BYTES, 0)
  tag(ATAG_MEM, facts.ramBytes, facts.ramBase)
  if (facts.initrd) tag(ATAG_INITRD2, facts.initrd.address, facts.initrd.size)
  if (facts.commandLine) {
    const text = new TextEncoder().encode(`${facts.commandLine}\0`)
    out.u32(2 + Math.ceil(text.length / 4))
    out.u32(ATAG_CMDLINE)
    out.append(text)
    out.align(4)
  }
  // The end of the list has a size of zero.
  out.u32(0)
  out.u32(0)
  return out.finish()
}
