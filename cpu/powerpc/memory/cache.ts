// Cache control (Programming Environments Manual, 4.3.2, 4.4.3.1; chapter 8: dcba, dcbf, dcbi, dcbst, dcbt, dcbtst, dcbz,
// icbi). No cache is modelled; what remains of most instructions is that they access memory, and may fault so.

import type { Builder, Node } from "../../ir/index.ts"
import { ppc, withOpcode } from "../encoding.ts"
import { supervisorOnly } from "../system/msr.ts"
import { indexedAddress } from "./access.ts"

/** Bytes of a cache block. */
const BLOCK = 32

const onBlock = (
  name: string,
  opcode: string,
  work: (b: Builder, address: Node) => void,
  options: { feature?: string; restartable?: boolean } = {},
) =>
  ppc({
    name,
    bits: withOpcode("011111 (00000) rA rB XO (0)", opcode),
    args: "rA0, rB",
    ...options,
    semantics: (b, f) => work(b, indexedAddress(b, f)),
  })

/** As far as the translation is concerned, a load of a byte. */
const touch = (b: Builder, address: Node): void => void b.load(1, address)
const nothing = () => {}

/** dcbf: flushes a block. */
export const dcbf = onBlock("dcbf", "0001010110", touch)
/** dcbst: writes a block back to memory. */
export const dcbst = onBlock("dcbst", "0000110110", touch)
/** icbi: invalidates a block of the instruction cache. */
export const icbi = onBlock("icbi", "1111010110", touch)
/** dcbt: a hint that a block will be read. */
export const dcbt = onBlock("dcbt", "0100010110", nothing)
/** dcbtst: a hint that a block will be written. */
export const dcbtst = onBlock("dcbtst", "0011110110", nothing)
/** dcba: a hint that a block will be written as a whole; it never faults. */
export const dcba = onBlock("dcba", "1011110110", nothing, { feature: "7400" })

/** dcbi: invalidates a block, which counts as a store. Memory keeps what the cache would have lost. */
export const dcbi = onBlock("dcbi", "0111010110", (b, address) =>
  supervisorOnly(b, () => b.store(1, address, b.load(1, address))),
)

/** dcbz: clears a block. */
export const dcbz = onBlock(
  "dcbz",
  "1111110110",
  (b, address) => {
    const block = b.and(address, b.i32(-BLOCK))
    for (let at = 0; at < BLOCK; at += 8) b.store(8, b.add(block, b.i32(at)), b.i64(0), { align: "required" })
  },
  { restartable: true },
)
