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

type A1 = {
  readonly name: string
  readonly args: "r1=r2,r3" | "r1=r2,r3,1"
  /** Opcode extensions, as the manual names them. */
  readonly x4: "0000" | "0001" | "0010" | "0011"
  readonly x2b: "00" | "01" | "logic"
}
type A3 = { readonly name: string; readonly x4: "1001" | "1011"; readonly x2b: "01" | "logic" }

type Compute = (b: Builder, x: Node, y: Node, f: { readonly logic: number }) => Node

/** Declares an instruction of two registers. */
const a1 = ({ name, args, x4, x2b }: A1, compute: Compute) =>
  aUnit({
    name,
    section: "4.2.1",
    encoding: "A1",
    bits: `1000 (0) 00 0 ${x4} ${x2b} r3 r2 r1 qp`,
    args,
    semantics(b, f) {
      if (f.illegalR1) return illegal(b)
      const x = gr(b, f.r2)
      const y = gr(b, f.r3)
      combine(b, f, x, y, compute(b, x.value, y.value, f))
    },
  })

/** Declares an instruction of an immediate of 8 bits and a register. */
const a3 = ({ name, x4, x2b }: A3, compute: Compute) =>
  aUnit({
    name,
    section: "4.2.1",
    encoding: "A3",
    bits: `1000 s 00 0 ${x4} ${x2b} r3 imm7b r1 qp`,
    args: "r1=imm8,r3",
    semantics(b, f) {
      if (f.illegalR1) return illegal(b)
      const x = immediate(b, f.imm8)
      const y = gr(b, f.r3)
      combine(b, f, x, y, compute(b, x.value, y.value, f))
    },
  })

const sum: Compute = (b, x, y) => b.add(x, y)
const difference: Compute = (b, x, y) => b.sub(x, y)
const oneMore: Compute = (b, x, y) => b.add(b.add(x, y), b.i64(1))
const oneLess: Compute = (b, x, y) => b.sub(b.sub(x, y), b.i64(1))
const chosen: Compute = (b, x, y, f) => LOGIC[f.logic]!(b, x, y)

/** add: adds two registers, and 1 where the operands end in 1. */
export const add = [
  a1({ name: "add", args: "r1=r2,r3", x4: "0000", x2b: "00" }, sum),
  a1({ name: "add", args: "r1=r2,r3,1", x4: "0000", x2b: "01" }, oneMore),
]

/** sub: subtracts a register from a register or an immediate, and 1 more where the operands end in 1. */
export const sub = [
  a1({ name: "sub", args: "r1=r2,r3", x4: "0001", x2b: "01" }, difference),
  a1({ name: "sub", args: "r1=r2,r3,1", x4: "0001", x2b: "00" }, oneLess),
  a3({ name: "sub", x4: "1001", x2b: "01" }, difference),
]

/** and, andcm, or, xor: combine the bits of a register or an immediate with those of a register. */
export const logical = [
  a1({ name: "{logic}", args: "r1=r2,r3", x4: "0011", x2b: "logic" }, chosen),
  a3({ name: "{logic}", x4: "1011", x2b: "logic" }, chosen),
]

/** addp4: adds registers and makes the sum a 64-bit pointer, with the region that the upper bits of a 32-bit pointer name. */
export const addp4 = a1({ name: "addp4", args: "r1=r2,r3", x4: "0010", x2b: "00" }, (b, x, y) =>
  pointer(b, b.add(x, y), y),
)

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
