// Moves from and to special-purpose registers, segment registers and MSR (Programming Environments Manual, 4.4.1, 4.4.3
// and chapter 8: mfmsr, mfspr, mfsr, mfsrin, mftb, mtmsr, mtspr, mtsr, mtsrin).

import { type Builder, type Node, type Operand, ticks } from "../../ir/index.ts"
import type { Instruction } from "../../isa/index.ts"
import { ppc } from "../encoding.ts"
import { GPR, MSR, SPR, SPRN, SR, state } from "../state.ts"
import { TIMEBASE_HZ } from "../time-base.ts"
import { readXer, writeXer } from "../xer.ts"
import { decrementerWritten, segmentWritten, sleep, sprWritten } from "./helpers.ts"
import { msrBit, supervisorOnly, unlessFloatingPointEnabled, writeMsr } from "./msr.ts"
import { MSR_BITS, SRR1 } from "./msr-bits.ts"
import { SPR_KIND } from "./spr.ts"
import { sprAliases } from "./spr-aliases.ts"

const { TB_OFFSET, DEC_OFFSET, MSR_IMPLEMENTED } = state.files

const timeBase = (b: Builder): Node => b.op("i64.add", ticks(b, TIMEBASE_HZ), b.get(TB_OFFSET))
const high = (b: Builder, x: Node): Node => b.wrap(b.shrU(x, b.i64(32)))

/** The half of the time base that a register number names: odd numbers are the upper half. */
const timeBaseHalf = (b: Builder, spr: Operand): Node => {
  const now = timeBase(b)
  return b.select(b.and(b.imm(spr), b.i32(1)), high(b, now), b.wrap(now))
}

/** The decrementer: its register is DEC_OFFSET less the ticks since power-on. */
const decrementer = (b: Builder): Node => b.sub(b.get(DEC_OFFSET), b.wrap(ticks(b, TIMEBASE_HZ)))

/** A number without a register: privileged for users if bit 4 is set, else illegal (mtspr, mfspr). */
function noRegister(b: Builder, spr: Operand): void {
  const isPrivileged = b.and(msrBit(b, "PR"), b.shl(b.and(b.imm(spr), b.i32(0x10)), b.i32(10)))
  b.raise("program", b.select(isPrivileged, b.i32(SRR1.privileged), b.i32(SRR1.illegal)))
}

/** The value that mfspr reads of a register of a kind. */
function readSpr(b: Builder, kind: number, spr: Operand): Node {
  switch (kind) {
    case SPR_KIND.xer:
      return readXer(b)
    case SPR_KIND.timeBase:
      return timeBaseHalf(b, spr)
    case SPR_KIND.decrementer:
      return decrementer(b)
    case SPR_KIND.copy:
      return b.reg(SPR, b.add(b.imm(spr), b.i32(16)))
    default:
      return b.reg(SPR, spr)
  }
}

/** What mtspr does to a register of a kind. */
function writeSpr(b: Builder, kind: number, spr: Operand, value: Node): void {
  if (kind === SPR_KIND.xer) writeXer(b, value)
  else if (kind === SPR_KIND.timeBaseWrite) writeTimeBase(b, spr, value)
  else if (kind === SPR_KIND.decrementer) {
    b.perform(decrementerWritten, b.add(value, b.wrap(ticks(b, TIMEBASE_HZ))))
  } else if (kind === SPR_KIND.effect) {
    b.if(b.ne(value, b.reg(SPR, spr)), () => b.perform(sprWritten, b.imm(spr), value))
  } else if (kind !== SPR_KIND.readOnly) b.setReg(SPR, spr, value)
}

const FOR_USERS: readonly number[] = [SPR_KIND.user, SPR_KIND.xer, SPR_KIND.timeBase, SPR_KIND.copy]

/** Accesses a register of a kind as far as there is one, and users may. */
function access(b: Builder, kind: number, spr: Operand, missing: readonly number[], body: () => void): void {
  if (missing.includes(kind)) noRegister(b, spr)
  else if (FOR_USERS.includes(kind)) body()
  else supervisorOnly(b, body)
}

/** Kinds that mfspr cannot read. */
const UNREADABLE = [SPR_KIND.none, SPR_KIND.timeBaseWrite]
/** Kinds that mtspr cannot write. */
const UNWRITABLE = [SPR_KIND.none, SPR_KIND.timeBase, SPR_KIND.copy]

function writeTimeBase(b: Builder, spr: Operand, value: Node): void {
  const now = timeBase(b)
  const isUpper = b.and(b.imm(spr), b.i32(1))
  const upper = b.or(b.shl(b.extendU(value), b.i64(32)), b.and(now, b.i64(0xffff_ffffn)))
  const lower = b.or(b.and(now, b.i64(0xffff_ffff_0000_0000n)), b.extendU(value))
  b.set(TB_OFFSET, b.sub(b.select(isUpper, upper, lower), ticks(b, TIMEBASE_HZ)))
}

/** The models have different registers, so each has declarations of its own. */
const perModel = (
  declare: (feature: string, kindOf: (f: { kind750: number; kind7400: number }) => number) => Instruction,
): Instruction[] => [declare("750", (f) => f.kind750), declare("7400", (f) => f.kind7400)]

/** mfspr: reads a special-purpose register. */
export const mfspr = perModel((feature, kindOf) =>
  ppc({
    name: "mfspr",
    bits: "011111 rD sprLow sprHigh 0101010011 0",
    args: "rD, spr",
    aliases: sprAliases("mf", "rD"),
    feature,
    semantics(b, f) {
      const kind = kindOf(f)
      access(b, kind, f.spr, UNREADABLE, () => b.setReg(GPR, f.rD, readSpr(b, kind, f.spr)))
    },
  }),
)

/** mtspr: writes a special-purpose register. */
export const mtspr = perModel((feature, kindOf) =>
  ppc({
    name: "mtspr",
    bits: "011111 rS sprLow sprHigh 0111010011 0",
    args: "spr, rS",
    aliases: sprAliases("mt", "rS"),
    feature,
    semantics(b, f) {
      const kind = kindOf(f)
      access(b, kind, f.spr, UNWRITABLE, () => writeSpr(b, kind, f.spr, b.reg(GPR, f.rS)))
    },
  }),
)

/** mftb: reads the time base. */
export const mftb = ppc({
  name: "mftb",
  bits: "011111 rD sprLow sprHigh 0101110011 0",
  args: "rD, spr",
  aliases: [
    { name: "mftb", args: "rD", fields: { sprHigh: 8, sprLow: 12 } },
    { name: "mftbu", args: "rD", fields: { sprHigh: 8, sprLow: 13 } },
  ],
  where: { sprHigh: (n) => n === 8, sprLow: (n) => n === 12 || n === 13 },
  semantics: (b, f) => b.setReg(GPR, f.rD, timeBaseHalf(b, f.spr)),
})

/** mfmsr: reads MSR. */
export const mfmsr = ppc({
  name: "mfmsr",
  bits: "011111 rD (00000) (00000) 0001010011 (0)",
  args: "rD",
  semantics: (b, f) => supervisorOnly(b, () => b.setReg(GPR, f.rD, b.get(MSR))),
})

/** HID0[DOZE], HID0[NAP] and HID0[SLEEP]: what MSR[POW] begins (MPC750UM, 10.2). */
const HID0_SLEEP_MODES = 0x00e0_0000
const POW_SHIFT = 31 - Math.clz32(MSR_BITS.POW)

/** mtmsr: writes MSR. With POW set, the processor sleeps until an interrupt (MPC750UM, 10.2). */
export const mtmsr = ppc({
  name: "mtmsr",
  bits: "011111 rS (00000) (00000) 0010010010 (0)",
  args: "rS",
  semantics: (b, f) =>
    supervisorOnly(b, () => {
      const value = b.and(b.reg(GPR, f.rS), b.get(MSR_IMPLEMENTED))
      const mode = b.and(b.reg(SPR, SPRN.HID0), b.i32(HID0_SLEEP_MODES))
      const isSleep = b.and(b.and(b.shrU(value, b.i32(POW_SHIFT)), b.i32(1)), b.ne(mode, b.i32(0)))
      unlessFloatingPointEnabled(b, value, b.nextPc(), () => {
        b.if(isSleep, () => b.perform(sleep))
        writeMsr(b, value)
      })
    }),
})

const segment = (b: Builder, rB: Operand): Node => b.shrU(b.reg(GPR, rB), b.i32(28))

function moveToSegment(b: Builder, n: Node, value: Node): void {
  supervisorOnly(b, () => {
    b.if(b.ne(value, b.reg(SR, n)), () => b.perform(segmentWritten, n, value))
  })
}

/** mfsr: reads a segment register. */
export const mfsr = ppc({
  name: "mfsr",
  bits: "011111 rD (0) SR (00000) 1001010011 (0)",
  args: "rD, SR",
  semantics: (b, f) => supervisorOnly(b, () => b.setReg(GPR, f.rD, b.reg(SR, f.SR))),
})

/** mfsrin: reads the segment register of an address. */
export const mfsrin = ppc({
  name: "mfsrin",
  bits: "011111 rD (00000) rB 1010010011 (0)",
  args: "rD, rB",
  semantics: (b, f) => supervisorOnly(b, () => b.setReg(GPR, f.rD, b.reg(SR, segment(b, f.rB)))),
})

/** mtsr: writes a segment register. */
export const mtsr = ppc({
  name: "mtsr",
  bits: "011111 rS (0) SR (00000) 0011010010 (0)",
  args: "SR, rS",
  semantics: (b, f) => moveToSegment(b, b.imm(f.SR), b.reg(GPR, f.rS)),
})

/** mtsrin: writes the segment register of an address. */
export const mtsrin = ppc({
  name: "mtsrin",
  bits: "011111 rS (00000) rB 0011110010 (0)",
  args: "rS, rB",
  semantics: (b, f) => moveToSegment(b, segment(b, f.rB), b.reg(GPR, f.rS)),
})
