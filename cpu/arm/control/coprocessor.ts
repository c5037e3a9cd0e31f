// Moves from and to system registers (ARM DDI 0406C, A8.8.98, A8.8.99, A8.8.107, A8.8.108; B3.15). Coprocessors 10 and
// 11 are VFP's; all others than 14 and 15, LDC, STC and CDP are undefined instructions.

import type { Builder, Operand } from "../../ir/index.ts"
import type { FieldValues } from "../../isa/index.ts"
import { a32, t32 } from "../encoding.ts"
import { getR, setR } from "../registers.ts"
import { C, N, state, V, Z } from "../state.ts"
import { systemCount } from "../system/counter.ts"
import { type Cp15Slot, cp15Slot } from "../system/cp15-storage.ts"
import { isUser } from "../system/modes.ts"
import { readRegister, readRegister64, writeRegister, writeRegister64 } from "../system/system.ts"

const { CP15 } = state.files

const isSystem = { coproc: (number: number) => number >= 14 }
const bad = (v: FieldValues) => v["rt"] === 15 || v["rt2"] === 15 || v["rt"] === v["rt2"]
const badThumb = (v: FieldValues) => bad(v) || v["rt"] === 13 || v["rt2"] === 13

/** MRC to r15 sets the flags from bits 31 to 28. */
function readFlags(b: Builder, number: Operand): void {
  const value = b.call(readRegister, b.imm(number))
  const bit = (n: number) => b.and(b.shrU(value, b.i32(n)), b.i32(1))
  b.set(N, bit(31))
  b.set(Z, bit(30))
  b.set(C, bit(29))
  b.set(V, bit(28))
}

function readPair(b: Builder, number: Operand, low: Operand, high: Operand): void {
  const value = b.call(readRegister64, b.imm(number))
  setR(b, low, b.wrap(value))
  setR(b, high, b.wrap(b.shrU(value, b.i64(32))))
}

function writePair(b: Builder, number: Operand, low: Operand, high: Operand): void {
  const value = b.or(b.extendU(getR(b, low)), b.shl(b.extendU(getR(b, high)), b.i64(32)))
  b.perform(writeRegister64, b.imm(number), value)
}

export const mrc = [
  a32({
    name: "mrc{cond}",
    bits: "cond 1110 opc1 1 crn rt coproc opc2 1 crm",
    args: "coproc, opc1, rt, crn, crm, opc2",
    where: { ...isSystem, rt: (r) => r !== 15 },
    semantics: (b, f) => setR(b, f.rt, b.call(readRegister, b.imm(f.systemRegister))),
  }),
  a32({
    name: "mrc{cond}",
    bits: "cond 1110 opc1 1 crn 1111 coproc opc2 1 crm",
    args: "coproc, opc1, apsr_nzcv, crn, crm, opc2",
    where: isSystem,
    semantics: (b, f) => readFlags(b, f.systemRegister),
  }),
  t32({
    name: "mrc{cond}",
    bits: "11101110 opc1 1 crn rt coproc opc2 1 crm",
    args: "coproc, opc1, rt, crn, crm, opc2",
    where: { ...isSystem, rt: (r) => r !== 15 },
    feature: "v6t2",
    unpredictable: (v) => v["rt"] === 13,
    semantics: (b, f) => setR(b, f.rt, b.call(readRegister, b.imm(f.systemRegister))),
  }),
  t32({
    name: "mrc{cond}",
    bits: "11101110 opc1 1 crn 1111 coproc opc2 1 crm",
    args: "coproc, opc1, apsr_nzcv, crn, crm, opc2",
    where: isSystem,
    feature: "v6t2",
    semantics: (b, f) => readFlags(b, f.systemRegister),
  }),
]

export const mcr = [
  a32({
    name: "mcr{cond}",
    bits: "cond 1110 opc1 0 crn rt coproc opc2 1 crm",
    args: "coproc, opc1, rt, crn, crm, opc2",
    where: isSystem,
    unpredictable: bad,
    semantics: (b, f) => b.perform(writeRegister, b.imm(f.systemRegister), getR(b, f.rt)),
  }),
  t32({
    name: "mcr{cond}",
    bits: "11101110 opc1 0 crn rt coproc opc2 1 crm",
    args: "coproc, opc1, rt, crn, crm, opc2",
    where: isSystem,
    feature: "v6t2",
    unpredictable: badThumb,
    semantics: (b, f) => b.perform(writeRegister, b.imm(f.systemRegister), getR(b, f.rt)),
  }),
]

export const mrrc = [
  a32({
    name: "mrrc{cond}",
    bits: "cond 11000101 rt2 rt coproc opc1x crm",
    args: "coproc, opc1x, rt, rt2, crm",
    where: isSystem,
    unpredictable: bad,
    semantics: (b, f) => readPair(b, f.systemRegister64, f.rt, f.rt2),
  }),
  t32({
    name: "mrrc{cond}",
    bits: "111011000101 rt2 rt coproc opc1x crm",
    args: "coproc, opc1x, rt, rt2, crm",
    where: isSystem,
    feature: "v6t2",
    unpredictable: badThumb,
    semantics: (b, f) => readPair(b, f.systemRegister64, f.rt, f.rt2),
  }),
]

export const mcrr = [
  a32({
    name: "mcrr{cond}",
    bits: "cond 11000100 rt2 rt coproc opc1x crm",
    args: "coproc, opc1x, rt, rt2, crm",
    where: isSystem,
    unpredictable: (v) => v["rt"] === 15 || v["rt2"] === 15,
    semantics: (b, f) => writePair(b, f.systemRegister64, f.rt, f.rt2),
  }),
  t32({
    name: "mcrr{cond}",
    bits: "111011000100 rt2 rt coproc opc1x crm",
    args: "coproc, opc1x, rt, rt2, crm",
    where: isSystem,
    feature: "v6t2",
    unpredictable: (v) => v["rt"] === 15 || v["rt2"] === 15 || v["rt"] === 13 || v["rt2"] === 13,
    semantics: (b, f) => writePair(b, f.systemRegister64, f.rt, f.rt2),
  }),
]

// What programs and kernels do all the time, without a helper

const readSlot = (b: Builder, rt: Operand, slot: Cp15Slot): void => setR(b, rt, b.reg(CP15, cp15Slot(slot)))

function whenPrivileged(b: Builder, body: () => void): void {
  b.if(isUser(b), () => b.raise("undefined"), body)
}

const notR15 = { rt: (r: number) => r !== 15 }
const isSp = (v: FieldValues) => v["rt"] === 13

export const readTpidruro = [
  a32({
    name: "mrc{cond}",
    bits: "cond 1110 0001 1101 rt 1111 0111 0000",
    args: "p15, 0, rt, c13, c0, 3",
    where: notR15,
    feature: "v6k",
    semantics: (b, f) => readSlot(b, f.rt, "TPIDRURO"),
  }),
  t32({
    name: "mrc{cond}",
    bits: "111011100001 1101 rt 1111 0111 0000",
    args: "p15, 0, rt, c13, c0, 3",
    where: notR15,
    feature: "v6t2",
    unpredictable: isSp,
    semantics: (b, f) => readSlot(b, f.rt, "TPIDRURO"),
  }),
]

export const readTpidrprw = [
  a32({
    name: "mrc{cond}",
    bits: "cond 1110 0001 1101 rt 1111 1001 0000",
    args: "p15, 0, rt, c13, c0, 4",
    where: notR15,
    feature: "v6k",
    semantics: (b, f) => whenPrivileged(b, () => readSlot(b, f.rt, "TPIDRPRW")),
  }),
  t32({
    name: "mrc{cond}",
    bits: "111011100001 1101 rt 1111 1001 0000",
    args: "p15, 0, rt, c13, c0, 4",
    where: notR15,
    feature: "v6t2",
    unpredictable: isSp,
    semantics: (b, f) => whenPrivileged(b, () => readSlot(b, f.rt, "TPIDRPRW")),
  }),
]

/** What lets user mode read the physical (0) and the virtual (1) count: a bit of CNTKCTL (B4.1.26). */
const counts = [
  { name: "CNTPCT", opc1: "0000", grant: 1 },
  { name: "CNTVCT", opc1: "0001", grant: 2 },
] as const

function readCount(b: Builder, grant: number, low: Operand, high: Operand): void {
  const isGranted = b.and(b.reg(CP15, cp15Slot("CNTKCTL")), b.i32(grant))
  b.if(
    b.and(isUser(b), b.eqz(isGranted)),
    () => b.raise("undefined"),
    () => {
      const count = systemCount(b)
      setR(b, low, b.wrap(count))
      setR(b, high, b.wrap(b.shrU(count, b.i64(32))))
    },
  )
}

const notR15s = { rt: (r: number) => r !== 15, rt2: (r: number) => r !== 15 }

/** MRRC of CNTPCT and CNTVCT: loops that wait read them all the time. */
export const readCounter = counts.flatMap(({ opc1, grant }) => [
  a32({
    name: "mrrc{cond}",
    bits: `cond 11000101 rt2 rt 1111 ${opc1} 1110`,
    args: `p15, ${Number(opc1)}, rt, rt2, c14`,
    where: notR15s,
    feature: "timer",
    unpredictable: bad,
    semantics: (b, f) => readCount(b, grant, f.rt, f.rt2),
  }),
  t32({
    name: "mrrc{cond}",
    bits: `111011000101 rt2 rt 1111 ${opc1} 1110`,
    args: `p15, ${Number(opc1)}, rt, rt2, c14`,
    where: notR15s,
    feature: "timer",
    unpredictable: badThumb,
    semantics: (b, f) => readCount(b, grant, f.rt, f.rt2),
  }),
])

/** SCTLR and DACR, which kernels look at each time that they are entered. */
export const readControl = [
  a32({
    name: "mrc{cond}",
    bits: "cond 1110 0001 0001 rt 1111 0001 0000",
    args: "p15, 0, rt, c1, c0, 0",
    where: notR15,
    semantics: (b, f) => whenPrivileged(b, () => readSlot(b, f.rt, "SCTLR")),
  }),
  a32({
    name: "mrc{cond}",
    bits: "cond 1110 0001 0011 rt 1111 0001 0000",
    args: "p15, 0, rt, c3, c0, 0",
    where: notR15,
    semantics: (b, f) => whenPrivileged(b, () => readSlot(b, f.rt, "DACR")),
  }),
]

/**
 * Invalidating and cleaning caches by line or as a whole: memory is coherent, and code follows writes, so that there is
 * nothing to do. The barriers between these operations have an opc2 of 4 and more.
 */
const maintenance = { crm: (n: number) => [5, 6, 10, 11, 14].includes(n), opc2: (n: number) => n < 4 }

export const maintainCaches = [
  a32({
    name: "mcr{cond}",
    bits: "cond 1110 0000 0111 rt 1111 opc2 1 crm",
    args: "p15, 0, rt, c7, crm, opc2",
    where: maintenance,
    unpredictable: bad,
    semantics: (b) => whenPrivileged(b, () => {}),
  }),
  t32({
    name: "mcr{cond}",
    bits: "111011100000 0111 rt 1111 opc2 1 crm",
    args: "p15, 0, rt, c7, crm, opc2",
    where: maintenance,
    feature: "v6t2",
    unpredictable: badThumb,
    semantics: (b) => whenPrivileged(b, () => {}),
  }),
]

/** Waiting for an interrupt before ARMv6K: an operation of coprocessor 15. */
export const waitForInterrupt = a32({
  name: "mcr{cond}",
  bits: "cond 1110 0000 0111 rt 1111 1001 0000",
  args: "p15, 0, rt, c7, c0, 4",
  feature: "pre7",
  semantics: (b) => whenPrivileged(b, () => b.exit("wait")),
})
