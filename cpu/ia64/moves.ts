// Moves between register files, nop and break (Software Developer's Manual, volume 3, 4.3.4 to 4.3.7, 4.4.7, 4.4.9,
// 4.4.11, 4.5.3, 4.6.9, 4.7).

import type { Builder, Helper, Node, Operand } from "../ir/index.ts"
import { AR_RULE, bUnit, fUnit, iUnit, mUnit, xUnit } from "./encoding.ts"
import { grown } from "./register-stack.ts"
import { bundle, consume, gr, illegal, setGr } from "./registers.ts"
import { AR, AR_NUMBER, BR, CPL, DIRTY, PR } from "./state.ts"

/** The interval time counter, in its own ticks. */
export const readIntervalTime: Helper = { name: "readIntervalTime", params: [], result: "i64", mayFault: false }
export const writeIntervalTime: Helper = {
  name: "writeIntervalTime",
  params: ["i64"],
  result: undefined,
  mayFault: false,
}

/** mov: copies a branch register to a general register, or back. */
export const movBr = [
  iUnit({
    name: "mov",
    section: "4.3.5",
    encoding: "I22",
    bits: "0000 (0) 000 110001 (00000000000) b2 r1 qp",
    args: "r1=b2",
    semantics(b, f) {
      if (f.illegalR1) return illegal(b)
      setGr(b, f.r1, b.reg(BR, f.b2), b.i32(0))
    },
  }),
  iUnit({
    name: "mov{x?.ret}{mwh}{ih}",
    section: "4.3.5",
    encoding: "I21",
    bits: "0000 (0) 111 (000000000) ih x mwh r2 (0000) b1 qp",
    args: "b1=r2",
    where: { mwh: (mwh) => mwh < 3 },
    semantics(b, f) {
      const { value, nat } = gr(b, f.r2)
      consume(b, nat)
      b.setReg(BR, f.b1, value)
    },
  }),
]

/** mov: copies the address of the bundle to a register. */
export const movIp = iUnit({
  name: "mov",
  section: "4.3.6",
  encoding: "I25",
  bits: "0000 (0) 000 110000 (00000000000000) r1 qp",
  args: "r1=ip",
  semantics(b, f) {
    if (f.illegalR1) return illegal(b)
    setGr(b, f.r1, bundle(b), b.i32(0))
  },
})

/** Visits 32 predicates in physical order, as if nothing were rotated. */
const each32 = (b: Builder, first: number, body: (predicate: Node) => void) =>
  b.forEachBit(b.i32(-1), (bit) => body(b.or(bit, b.i32(first))))

/** mov: copies all predicates to a register, or a register to the predicates of a mask, in physical order. */
export const movPr = [
  iUnit({
    name: "mov",
    section: "4.3.6",
    encoding: "I25",
    bits: "0000 (0) 000 110011 (00000000000000) r1 qp",
    args: "r1=pr",
    semantics(b, f) {
      if (f.illegalR1) return illegal(b)
      let all: Node = b.i64(0)
      const gather = (predicate: Node) => {
        all = b.or(all, b.shl(b.extendU(b.reg(PR, predicate)), b.extendU(predicate)))
      }
      each32(b, 0, gather)
      each32(b, 32, gather)
      setGr(b, f.r1, b.or(all, b.i64(1)), b.i32(0))
    },
  }),
  iUnit({
    name: "mov",
    section: "4.3.6",
    encoding: "I23",
    bits: "0000 s 011 (0) mask8c (0000) r2 mask7a qp",
    args: "pr=r2,mask17",
    semantics(b, f) {
      const { value, nat } = gr(b, f.r2)
      consume(b, nat)
      const take = (predicate: Node) => {
        b.setReg(PR, predicate, b.and(b.wrap(b.shrU(value, b.extendU(predicate))), b.i32(1)))
      }
      const mask = b.imm(f.mask17)
      b.forEachBit(b.and(mask, b.i32(0xfffe)), take)
      // The sign of the mask stands for all rotating predicates.
      b.if(b.ltS(mask, b.i32(0)), () => {
        b.forEachBit(b.i32(0xffff_0000), take)
        each32(b, 32, take)
      })
    },
  }),
]

const isLazy = (b: Builder): Node => b.eqz(b.and(b.reg(AR, AR_NUMBER.rsc), b.i64(3)))

function readAr(b: Builder, rule: number, ar3: Operand): Node | undefined {
  if (rule === AR_RULE.illegal) {
    illegal(b)
    return undefined
  }
  if (rule === AR_RULE.ignored) return b.i64(0)
  if (rule === AR_RULE.time) return b.call(readIntervalTime)
  if (rule === AR_RULE.stack) b.if(b.eqz(isLazy(b)), () => illegal(b))
  return b.reg(AR, ar3)
}

function writeAr(b: Builder, rule: number, ar3: Operand, value: Node): void {
  switch (rule) {
    case AR_RULE.illegal:
    case AR_RULE.bsp:
      illegal(b)
      break
    case AR_RULE.ignored:
      break
    case AR_RULE.kernel:
      b.if(b.get(CPL), () => b.raise("privilegedRegister"))
      b.setReg(AR, ar3, value)
      break
    case AR_RULE.time:
      b.if(b.get(CPL), () => b.raise("privilegedRegister"))
      b.perform(writeIntervalTime, value)
      break
    case AR_RULE.stack:
      b.if(b.eqz(isLazy(b)), () => illegal(b))
      writeStackRegister(b, ar3, value)
      break
    default:
      b.setReg(AR, ar3, rule === AR_RULE.count ? b.and(value, b.i64(63)) : value)
  }
}

// Writing ar.bspstore moves the backing store: the dirty registers will be stored from there.
function writeStackRegister(b: Builder, ar3: Operand, value: Node): void {
  b.if(
    b.eq(b.imm(ar3), b.i32(AR_NUMBER.rnat)),
    () => b.setReg(AR, AR_NUMBER.rnat, b.and(value, b.i64((1n << 63n) - 1n))),
    () => {
      const store = b.and(value, b.i64(-8))
      b.setReg(AR, AR_NUMBER.bspstore, store)
      b.setReg(AR, AR_NUMBER.bsp, grown(b, store, b.get(DIRTY)))
    },
  )
}

/** The encodings of moves of application registers, of each unit that executes them. */
const AR_MOVES = {
  i: {
    unit: iUnit,
    name: "mov.i",
    section: "4.3.7",
    rule: "iRule",
    read: { encoding: "I28", opcode: "0000 (0) 000 110010" },
    write: { encoding: "I26", opcode: "0000 (0) 000 101010" },
    writeImmediate: { encoding: "I27", opcode: "0000 s 000 001010" },
  },
  m: {
    unit: mUnit,
    name: "mov.m",
    section: "4.4.7",
    rule: "mRule",
    read: { encoding: "M31", opcode: "0001 (0) 000 100010" },
    write: { encoding: "M29", opcode: "0001 (0) 000 101010" },
    writeImmediate: { encoding: "M30", opcode: "0000 s 000 10 1000" },
  },
} as const

/** Declares the moves of application registers of a unit. */
const movAr = ({ unit, name, section, rule, read, write, writeImmediate }: (typeof AR_MOVES)["i" | "m"]) => [
  unit({
    name,
    section,
    encoding: read.encoding,
    bits: `${read.opcode} ar3 (0000000) r1 qp`,
    args: "r1=ar3",
    semantics(b, f) {
      if (f.illegalR1) return illegal(b)
      const value = readAr(b, f[rule], f.ar3)
      if (value) setGr(b, f.r1, value, b.i32(0))
    },
  }),
  unit({
    name,
    section,
    encoding: write.encoding,
    bits: `${write.opcode} ar3 r2 (0000000) qp`,
    args: "ar3=r2",
    semantics(b, f) {
      const { value, nat } = gr(b, f.r2)
      consume(b, nat)
      writeAr(b, f[rule], f.ar3, value)
    },
  }),
  unit({
    name,
    section,
    encoding: writeImmediate.encoding,
    bits: `${writeImmediate.opcode} ar3 imm7b (0000000) qp`,
    args: "ar3=imm8",
    semantics(b, f) {
      writeAr(b, f[rule], f.ar3, b.extendS(b.imm(f.imm8)))
    },
  }),
]

/** mov.i: copies an application register of the I unit from or to a general register, or writes an immediate to it. */
export const movArI = movAr(AR_MOVES.i)
/** mov.m: the same for application registers of the M unit. */
export const movArM = movAr(AR_MOVES.m)

const nothing = () => {}

/** nop does nothing, and neither does hint on this CPU. */
export const nop = [
  mUnit({
    name: "{y?hint:nop}.m",
    section: "4.4.11",
    encoding: "M48",
    bits: "0000 i 000 00 0001 y imm20a qp",
    args: "imm21",
    semantics: nothing,
  }),
  iUnit({
    name: "{y?hint:nop}.i",
    section: "4.3.4",
    encoding: "I18",
    bits: "0000 i 000 000001 y imm20a qp",
    args: "imm21",
    semantics: nothing,
  }),
  fUnit({
    name: "{y?hint:nop}.f",
    section: "4.6.9",
    encoding: "F16",
    bits: "0000 i (00) 0 000001 y imm20a qp",
    args: "imm21",
    semantics: nothing,
  }),
  bUnit({
    name: "nop.b",
    section: "4.5.3",
    encoding: "B9",
    bits: "0010 i (000) 000000 (0) imm20a qp",
    args: "imm21",
    semantics: nothing,
  }),
  bUnit({
    name: "hint.b",
    section: "4.5.3",
    encoding: "B9",
    bits: "0010 i (000) 000001 (0) imm20a qp",
    args: "imm21",
    semantics: nothing,
  }),
  xUnit({
    name: "{y?hint:nop}.x",
    section: "4.7.4",
    encoding: "X5",
    bits: "imm41 | 0000 i 000 000001 y imm20a qp",
    args: "imm62",
    semantics: nothing,
  }),
]

const breaks = (b: Builder, f: { readonly imm21: Operand }) => b.raise("breakInstruction", b.extendU(b.imm(f.imm21)))

/** break: takes a Break Instruction fault; the exception's argument is the immediate. */
export const breakInstruction = [
  mUnit({
    name: "break.m",
    section: "4.4.9",
    encoding: "M37",
    bits: "0000 i 000 00 0000 (0) imm20a qp",
    args: "imm21",
    semantics: breaks,
  }),
  iUnit({
    name: "break.i",
    section: "4.3.4",
    encoding: "I19",
    bits: "0000 i 000 000000 (0) imm20a qp",
    args: "imm21",
    semantics: breaks,
  }),
  fUnit({
    name: "break.f",
    section: "4.6.9",
    encoding: "F15",
    bits: "0000 i (00) 0 000000 (0) imm20a qp",
    args: "imm21",
    semantics: breaks,
  }),
  bUnit({
    name: "break.b",
    section: "4.5.3",
    encoding: "B9",
    bits: "0000 i (000) 000000 (0) imm20a qp",
    args: "imm21",
    semantics: breaks,
  }),
  xUnit({
    name: "break.x",
    section: "4.7.1",
    encoding: "X1",
    bits: "imm41 | 0000 i 000 000000 (0) imm20a qp",
    args: "imm62",
    semantics(b, f) {
      b.raise("breakInstruction", b.imm(f.imm62))
    },
  }),
]
