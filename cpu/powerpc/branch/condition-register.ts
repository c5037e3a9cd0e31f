// The condition register (Programming Environments Manual, 4.2.4.5, 4.2.5; chapter 8: crand and its like, mcrf, mcrxr,
// mfcr, mtcrf).

import type { Builder, Node, Operand } from "../../ir/index.ts"
import type { Alias } from "../../isa/index.ts"
import { ppc, withOpcode } from "../encoding.ts"
import { CA, CR, GPR, OV, XER_SO } from "../state.ts"

/** The number in CR of bit n of a field. */
export const conditionBitOf = (b: Builder, crf: Operand, n: number): Node => b.or(b.shl(b.imm(crf), b.i32(2)), b.i32(n))

const logic = (
  name: string,
  opcode: string,
  operation: (b: Builder, x: Node, y: Node) => Node,
  aliases: readonly Alias[] = [],
) =>
  ppc({
    aliases,
    name,
    bits: withOpcode("010011 crbD crbA crbB XO (0)", opcode),
    args: "crbD, crbA, crbB",
    semantics: (b, f) => b.setReg(CR, f.crbD, operation(b, b.reg(CR, f.crbA), b.reg(CR, f.crbB))),
  })

/** An operation on the same bit twice, and one that also writes that bit. */
const onOneBit = (name: string): Alias => ({ name, args: "crbD, crbA", fields: { crbB: (v) => v["crbA"]! } })
const toOneBit = (name: string): Alias => ({
  name,
  args: "crbD",
  fields: { crbA: (v) => v["crbD"]!, crbB: (v) => v["crbD"]! },
})

const complement = (b: Builder, bit: Node): Node => b.xor(bit, b.i32(1))

/** crand */
export const crand = logic("crand", "0100000001", (b, x, y) => b.and(x, y))
/** crandc: and with complement. */
export const crandc = logic("crandc", "0010000001", (b, x, y) => b.and(x, complement(b, y)))
/** creqv: equivalent. */
export const creqv = logic("creqv", "0100100001", (b, x, y) => complement(b, b.xor(x, y)), [toOneBit("crset")])
/** crnand */
export const crnand = logic("crnand", "0011100001", (b, x, y) => complement(b, b.and(x, y)))
/** crnor */
export const crnor = logic("crnor", "0000100001", (b, x, y) => complement(b, b.or(x, y)), [onOneBit("crnot")])
/** cror */
export const cror = logic("cror", "0111000001", (b, x, y) => b.or(x, y), [onOneBit("crmove")])
/** crorc: or with complement. */
export const crorc = logic("crorc", "0110100001", (b, x, y) => b.or(x, complement(b, y)))
/** crxor */
export const crxor = logic("crxor", "0011000001", (b, x, y) => b.xor(x, y), [toOneBit("crclr")])

const BITS = [0, 1, 2, 3]

/** mcrf: copies a field. */
export const mcrf = ppc({
  name: "mcrf",
  bits: "010011 crfD (00) crfS (00) (00000) 0000000000 (0)",
  args: "crfD, crfS",
  semantics(b, f) {
    const copied = BITS.map((n) => b.reg(CR, conditionBitOf(b, f.crfS, n)))
    for (const [n, bit] of copied.entries()) b.setReg(CR, conditionBitOf(b, f.crfD, n), bit)
  },
})

/** mcrxr: moves SO, OV and CA of XER to a field. */
export const mcrxr = ppc({
  name: "mcrxr",
  bits: "011111 crfD (00) (00000) (00000) 1000000000 (0)",
  args: "crfD",
  semantics(b, f) {
    const moved = [b.get(XER_SO), b.get(OV), b.get(CA), b.i32(0)]
    for (const [n, bit] of moved.entries()) b.setReg(CR, conditionBitOf(b, f.crfD, n), bit)
    for (const file of [XER_SO, OV, CA]) b.set(file, b.i32(0))
  },
})

/** mfcr: reads CR as one word. */
export const mfcr = ppc({
  name: "mfcr",
  bits: "011111 rD (0) (00000000) (0) 0000010011 (0)",
  args: "rD",
  semantics(b, f) {
    const bits = Array.from({ length: 32 }, (_, n) => b.shl(b.reg(CR, n), b.i32(31 - n)))
    b.setReg(
      GPR,
      f.rD,
      bits.reduce((all, bit) => b.or(all, bit)),
    )
  },
})

/** mtcrf: writes the fields that the bits of CRM name, field 0 by the most significant. */
export const mtcrf = ppc({
  name: "mtcrf",
  bits: "011111 rS (0) CRM (0) 0010010000 (0)",
  args: "CRM, rS",
  aliases: [{ name: "mtcr", args: "rS", fields: { CRM: 0xff } }],
  semantics(b, f) {
    const value = b.reg(GPR, f.rS)
    b.forEachBit(b.imm(f.CRM), (field) => {
      // Bit 0 of CRM is field 7, whose last bit is bit 0 of the value.
      const low = b.shl(field, b.i32(2))
      for (const n of BITS) {
        const position = b.add(low, b.i32(n))
        b.setReg(CR, b.sub(b.i32(31), position), b.and(b.shrU(value, position), b.i32(1)))
      }
    })
  },
})
