// Integer arithmetic and logic, formats A1 to A5 (Software Developer's Manual, volume 3, 4.2.1 Integer ALU), and movl.

import type { Builder, Node, Operand } from "../ir/index.ts"
import { aUnit, xUnit } from "./encoding.ts"
import { type General, gr, illegal, setGr } from "./registers.ts"

const LOGIC = [
  (b: Builder, x: Node, y: Node) => b.and(x, y),
  (b: Builder, x: Node, y: Node) => b.and(x, b.not(y)),
  (b: Builder, x: Node, y: Node) => b.or(x, y),
  (b: Builder, x: Node, y: Node) => b.xor(x, y),
] as const

type Target = { readonly illegalR1: number; readonly r1: Operand }

// A result of two registers is NaT if one of them is.
function combine(b: Builder, f: Target, x: General, y: General, result: Node): void {
  setGr(b, f.r1, result, b.or(x.nat, y.nat))
}

/** An immediate operand, which is never NaT. */
const immediate = (b: Builder, operand: Operand): General => ({ value: b.extendS(b.imm(operand)), nat: b.i32(0) })

/** Swizzles a 32-bit pointer: bits 31 and 30 of the base become the region bits 62 and 61. */
function pointer(b: Builder, sum: Node, base: Node): Node {
  const region = b.shl(b.and(base, b.i64(0xc000_0000)), b.i64(31))
  return b.or(b.and(sum, b.i64(0xffff_ffff)), region)
}

/** add: adds two registers, and 1 where the operands end in 1. */
export const add = [
  aUnit({
    name: "add",
    section: "4.2.1",
    encoding: "A1",
    bits: "1000 (0) 00 0 0000 00 r3 r2 r1 qp",
    args: "r1=r2,r3",
    semantics(b, f) {
      if (f.illegalR1) return illegal(b)
      const x = gr(b, f.r2)
      const y = gr(b, f.r3)
      combine(b, f, x, y, b.add(x.value, y.value))
    },
  }),
  aUnit({
    name: "add",
    section: "4.2.1",
    encoding: "A1",
    bits: "1000 (0) 00 0 0000 01 r3 r2 r1 qp",
    args: "r1=r2,r3,1",
    semantics(b, f) {
      if (f.illegalR1) return illegal(b)
      const x = gr(b, f.r2)
      const y = gr(b, f.r3)
      combine(b, f, x, y, b.add(b.add(x.value, y.value), b.i64(1)))
    },
  }),
]

/** sub: subtracts a register from a register or an immediate, and 1 more where the operands end in 1. */
export const sub = [
  aUnit({
    name: "sub",
    section: "4.2.1",
    encoding: "A1",
    bits: "1000 (0) 00 0 0001 01 r3 r2 r1 qp",
    args: "r1=r2,r3",
    semantics(b, f) {
      if (f.illegalR1) return illegal(b)
      const x = gr(b, f.r2)
      const y = gr(b, f.r3)
      combine(b, f, x, y, b.sub(x.value, y.value))
    },
  }),
  aUnit({
    name: "sub",
    section: "4.2.1",
    encoding: "A1",
    bits: "1000 (0) 00 0 0001 00 r3 r2 r1 qp",
    args: "r1=r2,r3,1",
    semantics(b, f) {
      if (f.illegalR1) return illegal(b)
      const x = gr(b, f.r2)
      const y = gr(b, f.r3)
      combine(b, f, x, y, b.sub(b.sub(x.value, y.value), b.i64(1)))
    },
  }),
  aUnit({
    name: "sub",
    section: "4.2.1",
    encoding: "A3",
    bits: "1000 s 00 0 1001 01 r3 imm7b r1 qp",
    args: "r1=imm8,r3",
    semantics(b, f) {
      if (f.illegalR1) return illegal(b)
      const x = immediate(b, f.imm8)
      const y = gr(b, f.r3)
      combine(b, f, x, y, b.sub(x.value, y.value))
    },
  }),
]

/** and, andcm, or, xor: combine the bits of a register or an immediate with those of a register. */
export const logical = [
  aUnit({
    name: "{logic}",
    section: "4.2.1",
    encoding: "A1",
    bits: "1000 (0) 00 0 0011 logic r3 r2 r1 qp",
    args: "r1=r2,r3",
    semantics(b, f) {
      if (f.illegalR1) return illegal(b)
      const x = gr(b, f.r2)
      const y = gr(b, f.r3)
      combine(b, f, x, y, LOGIC[f.logic]!(b, x.value, y.value))
    },
  }),
  aUnit({
    name: "{logic}",
    section: "4.2.1",
    encoding: "A3",
    bits: "1000 s 00 0 1011 logic r3 imm7b r1 qp",
    args: "r1=imm8,r3",
    semantics(b, f) {
      if (f.illegalR1) return illegal(b)
      const x = immediate(b, f.imm8)
      const y = gr(b, f.r3)
      combine(b, f, x, y, LOGIC[f.logic]!(b, x.value, y.value))
    },
  }),
]

/** addp4: adds registers and makes the sum a 64-bit pointer, with the region that the upper bits of a 32-bit pointer name. */
export const addp4 = aUnit({
  name: "addp4",
  section: "4.2.1",
  encoding: "A1",
  bits: "1000 (0) 00 0 0010 00 r3 r2 r1 qp",
  args: "r1=r2,r3",
  semantics(b, f) {
    if (f.illegalR1) return illegal(b)
    const x = gr(b, f.r2)
    const y = gr(b, f.r3)
    combine(b, f, x, y, pointer(b, b.add(x.value, y.value), y.value))
  },
})

/** shladd: shifts a register left by 1 to 4 and adds a register. */
export const shladd = aUnit({
  name: "shladd",
  section: "4.2.1",
  encoding: "A2",
  bits: "1000 (0) 00 0 0100 ct2d r3 r2 r1 qp",
  args: "r1=r2,count2,r3",
  semantics(b, f) {
    if (f.illegalR1) return illegal(b)
    const x = gr(b, f.r2)
    const y = gr(b, f.r3)
    const count = b.extendU(b.add(b.imm(f.ct2d), b.i32(1)))
    combine(b, f, x, y, b.add(b.shl(x.value, count), y.value))
  },
})

/** adds: adds an immediate of 14 bits to a register. */
export const adds = aUnit({
  name: "adds",
  section: "4.2.1",
  encoding: "A4",
  bits: "1000 s 10 0 imm6d r3 imm7b r1 qp",
  args: "r1=imm14,r3",
  semantics(b, f) {
    if (f.illegalR1) return illegal(b)
    const x = immediate(b, f.imm14)
    const y = gr(b, f.r3)
    combine(b, f, x, y, b.add(x.value, y.value))
  },
})

/** addl: adds an immediate of 22 bits to one of r0 to r3. */
export const addl = aUnit({
  name: "addl",
  section: "4.2.1",
  encoding: "A5",
  bits: "1001 s imm9d imm5c r3a imm7b r1 qp",
  args: "r1=imm22,r3a",
  semantics(b, f) {
    if (f.illegalR1) return illegal(b)
    const x = immediate(b, f.imm22)
    const y = gr(b, f.r3a)
    combine(b, f, x, y, b.add(x.value, y.value))
  },
})

/** mov: copies a register, as adds of 0, or writes an immediate, as addl to r0. */
export const mov = [
  aUnit({
    name: "mov",
    section: "4.2.1",
    encoding: "A4",
    bits: "1000 0 10 0 000000 r3 0000000 r1 qp",
    args: "r1=r3",
    semantics(b, f) {
      if (f.illegalR1) return illegal(b)
      const x = gr(b, f.r3)
      setGr(b, f.r1, x.value, x.nat)
    },
  }),
  aUnit({
    name: "mov",
    section: "4.2.1",
    encoding: "A5",
    bits: "1001 s imm9d imm5c 00 imm7b r1 qp",
    args: "r1=imm22",
    semantics(b, f) {
      if (f.illegalR1) return illegal(b)
      setGr(b, f.r1, b.extendS(b.imm(f.imm22)), b.i32(0))
    },
  }),
]

/** movl: writes an immediate of 64 bits. */
export const movl = xUnit({
  name: "movl",
  section: "4.7.2",
  encoding: "X2",
  bits: "imm41 | 0110 i imm9d imm5c ic 0 imm7b r1 qp",
  args: "r1=imm64",
  semantics(b, f) {
    if (f.illegalR1) return illegal(b)
    setGr(b, f.r1, b.imm(f.imm64), b.i32(0))
  },
})
