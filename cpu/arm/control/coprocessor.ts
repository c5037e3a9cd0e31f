// Moves from and to system registers (ARM DDI 0406C, A8.8.98, A8.8.99, A8.8.107, A8.8.108; B3.15). Coprocessors 10 and
// 11 are VFP's; all others than 14 and 15, LDC, STC and CDP are undefined instructions.

import type { Builder, Operand } from "../../ir/index.ts"
import { type BothSets, inBothSets } from "../both-sets.ts"
import { a32 } from "../encoding.ts"
import { getR, setR } from "../registers.ts"
import { C, N, state, V, Z } from "../state.ts"
import { systemCount } from "../system/counter.ts"
import { type Cp15Slot, cp15Slot } from "../system/cp15-storage.ts"
import { isUser } from "../system/modes.ts"
import { readRegister, readRegister64, writeRegister, writeRegister64 } from "../system/system.ts"

const { CP15 } = state.files

const isSystem = { coproc: (number: number) => number >= 14 }
const isNotR15 = { rt: (r: number) => r !== 15 }

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

type SystemMove<B extends string> = Omit<BothSets<`cond ${B}`>, "a32" | "t32">

/** Declares a move in both instruction sets: their diagrams differ in the condition alone. */
const systemMove = <const B extends string>(bits: B, d: SystemMove<B>) =>
  inBothSets<`cond ${B}`>({ ...d, a32: `cond ${bits}`, t32: `1110 ${bits}` })

/** MRC: reads a system register, to a register or to the flags. A8.8.107 */
export const mrc = [
  ...systemMove("1110 opc1 1 crn rt coproc opc2 1 crm", {
    name: "mrc",
    part: "of any register",
    section: "A8.8.107",
    args: "coproc, opc1, rt, crn, crm, opc2",
    where: { ...isSystem, ...isNotR15 },
    registers: ["rt"],
    semantics: (b, f) => setR(b, f.rt, b.call(readRegister, b.imm(f.systemRegister))),
  }),
  ...systemMove("1110 opc1 1 crn 1111 coproc opc2 1 crm", {
    name: "mrc",
    part: "of any register, to the flags",
    section: "A8.8.107",
    args: "coproc, opc1, apsr_nzcv, crn, crm, opc2",
    where: isSystem,
    registers: [],
    semantics: (b, f) => readFlags(b, f.systemRegister),
  }),
]

/** MCR: writes a system register. A8.8.98 */
export const mcr = systemMove("1110 opc1 0 crn rt coproc opc2 1 crm", {
  name: "mcr",
  part: "to any register",
  section: "A8.8.98",
  args: "coproc, opc1, rt, crn, crm, opc2",
  where: isSystem,
  registers: ["rt"],
  semantics: (b, f) => b.perform(writeRegister, b.imm(f.systemRegister), getR(b, f.rt)),
})

/** MRRC: reads a system register of 64 bits to two registers. A8.8.108 */
export const mrrc = systemMove("11000101 rt2 rt coproc opc1x crm", {
  name: "mrrc",
  part: "of any register",
  section: "A8.8.108",
  args: "coproc, opc1x, rt, rt2, crm",
  where: isSystem,
  registers: ["rt", "rt2"],
  unpredictable: (v) => v["rt"] === v["rt2"],
  semantics: (b, f) => readPair(b, f.systemRegister64, f.rt, f.rt2),
})

/** MCRR: writes a system register of 64 bits from two registers. A8.8.99 */
export const mcrr = systemMove("11000100 rt2 rt coproc opc1x crm", {
  name: "mcrr",
  section: "A8.8.99",
  args: "coproc, opc1x, rt, rt2, crm",
  where: isSystem,
  registers: ["rt", "rt2"],
  semantics: (b, f) => writePair(b, f.systemRegister64, f.rt, f.rt2),
})

// What programs and kernels do all the time, without a helper

const readSlot = (b: Builder, rt: Operand, slot: Cp15Slot): void => setR(b, rt, b.reg(CP15, cp15Slot(slot)))

function whenPrivileged(b: Builder, body: () => void): void {
  b.if(isUser(b), () => b.raise("undefined"), body)
}

/** MRC of TPIDRURO, the thread pointer of programs. A8.8.107 */
export const readTpidruro = systemMove("1110 0001 1101 rt 1111 0111 0000", {
  name: "mrc",
  part: "of TPIDRURO",
  section: "A8.8.107",
  args: "p15, 0, rt, c13, c0, 3",
  where: isNotR15,
  feature: "v6k",
  registers: ["rt"],
  semantics: (b, f) => readSlot(b, f.rt, "TPIDRURO"),
})

/** MRC of TPIDRPRW, the thread pointer of kernels. A8.8.107 */
export const readTpidrprw = systemMove("1110 0001 1101 rt 1111 1001 0000", {
  name: "mrc",
  part: "of TPIDRPRW",
  section: "A8.8.107",
  args: "p15, 0, rt, c13, c0, 4",
  where: isNotR15,
  feature: "v6k",
  registers: ["rt"],
  semantics: (b, f) => whenPrivileged(b, () => readSlot(b, f.rt, "TPIDRPRW")),
})

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

/** The physical and the virtual count, with the bit of CNTKCTL that lets user mode read each (B4.1.26). */
const COUNTS = [
  { name: "CNTPCT", opc1: "0000", grant: 1 },
  { name: "CNTVCT", opc1: "0001", grant: 2 },
] as const

/** MRRC of CNTPCT and CNTVCT, which loops that wait read all the time. A8.8.108 */
export const readCounter = COUNTS.flatMap(({ name, opc1, grant }) =>
  systemMove(`11000101 rt2 rt 1111 ${opc1} 1110`, {
    name: "mrrc",
    part: `of ${name}`,
    section: "A8.8.108",
    args: `p15, ${Number(opc1)}, rt, rt2, c14`,
    where: { ...isNotR15, rt2: isNotR15.rt },
    feature: "timer",
    t32Feature: "timer",
    registers: ["rt", "rt2"],
    unpredictable: (v) => v["rt"] === v["rt2"],
    semantics: (b, f) => readCount(b, grant, f.rt, f.rt2),
  }),
)

/** MRC of SCTLR and DACR, which kernels look at each time that they are entered. A8.8.107 */
export const readControl = [
  a32({
    encoding: "A1, of SCTLR",
    section: "A8.8.107",
    name: "mrc{cond}",
    bits: "cond 1110 0001 0001 rt 1111 0001 0000",
    args: "p15, 0, rt, c1, c0, 0",
    where: isNotR15,
    semantics: (b, f) => whenPrivileged(b, () => readSlot(b, f.rt, "SCTLR")),
  }),
  a32({
    encoding: "A1, of DACR",
    section: "A8.8.107",
    name: "mrc{cond}",
    bits: "cond 1110 0001 0011 rt 1111 0001 0000",
    args: "p15, 0, rt, c3, c0, 0",
    where: isNotR15,
    semantics: (b, f) => whenPrivileged(b, () => readSlot(b, f.rt, "DACR")),
  }),
]

/** The barriers between these operations have an opc2 of 4 and more. */
const maintenance = { crm: (n: number) => [5, 6, 10, 11, 14].includes(n), opc2: (n: number) => n < 4 }

/**
 * MCR that invalidates or cleans caches, by line or as a whole: memory is coherent, and code follows writes, so that
 * there is nothing to do. A8.8.98
 */
export const maintainCaches = systemMove("1110 0000 0111 rt 1111 opc2 1 crm", {
  name: "mcr",
  part: "to caches",
  section: "A8.8.98",
  args: "p15, 0, rt, c7, crm, opc2",
  where: maintenance,
  registers: ["rt"],
  semantics: (b) => whenPrivileged(b, () => {}),
})

/** MCR that waits for an interrupt, before ARMv6K. A8.8.98 */
export const waitForInterrupt = a32({
  encoding: "A1, to wait for an interrupt",
  section: "A8.8.98",
  name: "mcr{cond}",
  bits: "cond 1110 0000 0111 rt 1111 1001 0000",
  args: "p15, 0, rt, c7, c0, 4",
  feature: "pre7",
  semantics: (b) => whenPrivileged(b, () => b.exit("wait")),
})
