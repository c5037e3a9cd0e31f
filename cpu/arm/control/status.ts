// Access to the status registers: MRS, MSR, CPS, SETEND, and the stores and loads of exception return state
// (ARM DDI 0406C, A8.8.167, B9.3.1, B9.3.2, B9.3.8, B9.3.11 to B9.3.13, B9.3.15, B9.3.16).

import type { Builder, Node, Operand } from "../../ir/index.ts"
import { a32, t16, t32 } from "../encoding.ts"
import { CONTEXT, getR, setR } from "../registers.ts"
import { GPR, MODE, state } from "../state.ts"
import { bankIndex, getSpsr, isUser, setSpsr } from "../system/modes.ts"
import {
  byteMask,
  changeMode,
  type GoOn,
  readCpsr,
  restorePsr,
  settleRegime,
  writeCpsr,
  writeCpsrControl,
  writeCpsrFlags,
} from "../system/psr.ts"
import { inItBlock } from "../unpredictable.ts"

const { A, I, F, E, SP_BANK } = state.files
const required = { align: "required" } as const

/** Goes on after the instruction with a fetch of its own: in Thumb, in the rest of an IT block. */
function afterThis(b: Builder, itAfter?: Operand): GoOn {
  return () => {
    if (itAfter) b.set(CONTEXT, b.imm(itAfter))
    b.branch(b.nextPc())
  }
}

/** What only privileged modes may do; elsewhere it is an undefined instruction. */
function privileged(b: Builder, body: () => void): void {
  b.if(isUser(b), () => b.raise("undefined"), body)
}

// Moves from and to status registers

function moveFrom(b: Builder, r: number, rd: Operand): void {
  if (r) privileged(b, () => setR(b, rd, getSpsr(b)))
  else setR(b, rd, readCpsr(b))
}

type Written = { readonly r: number; readonly psrMask: Operand; readonly psrParts: number }

function moveTo(b: Builder, f: Written, value: Node, goOn: GoOn): void {
  if (f.r) {
    const mask = byteMask(b, b.imm(f.psrMask))
    privileged(b, () => {
      const old = getSpsr(b)
      setSpsr(b, b.and(b.xor(old, b.and(b.xor(old, value), mask)), b.get(state.files.PSR_BITS)))
    })
  } else if (f.psrParts === 0) writeCpsrFlags(b, value)
  else if (f.psrParts === 1) writeCpsrControl(b, value, goOn)
  else writeCpsr(b, value, byteMask(b, b.imm(f.psrMask)), goOn)
}

/** MRS: reads CPSR, or SPSR of the current mode. B9.3.8 */
export const mrs = [
  a32({
    encoding: "A1",
    section: "B9.3.8",
    name: "mrs{cond}",
    bits: "cond 00010 r 00 (1111) rd (00) 0 (0) 0000 (0000)",
    args: "rd, psr",
    unpredictable: (v) => v["rd"] === 15,
    semantics: (b, f) => moveFrom(b, f.r, f.rd),
  }),
  t32({
    encoding: "T1",
    section: "B9.3.8",
    name: "mrs{cond}",
    bits: "11110011111 r (1111) 10 (0) 0 rd (00) 0 (00000)",
    args: "rd, psr",
    feature: "v6t2",
    unpredictable: (v) => v["rd"] === 13 || v["rd"] === 15,
    semantics: (b, f) => moveFrom(b, f.r, f.rd),
  }),
]

/** MSR: writes parts of CPSR, or of SPSR of the current mode. B9.3.11, B9.3.12 */
export const msr = [
  a32({
    encoding: "A1",
    section: "B9.3.12",
    name: "msr{cond}",
    bits: "cond 00010 r 10 psrMask (1111) (00) 0 (0) 0000 rn",
    args: "psrFields, rn",
    unpredictable: (v) => v["psrMask"] === 0 || v["rn"] === 15,
    semantics: (b, f) => moveTo(b, f, getR(b, f.rn), afterThis(b)),
  }),
  a32({
    encoding: "A1, to some fields",
    section: "B9.3.11",
    name: "msr{cond}",
    bits: "cond 00110 r 10 psrMask (1111) rotate imm8",
    args: "psrFields, armImmediate",
    // A mask of 0 without SPSR is the space of hints
    defined: (v) => v["psrMask"] !== 0 || v["r"] === 1,
    unpredictable: (v) => v["psrMask"] === 0,
    semantics: (b, f) => moveTo(b, f, b.imm(f.armImmediate), afterThis(b)),
  }),
  // Before ARMv6K these are no hints: they write nothing (ARM DDI 0100I, A4.1.39).
  a32({
    encoding: "A1, to no field",
    section: "B9.3.11",
    name: "msr{cond}",
    bits: "cond 00110 r 10 psrMask (1111) rotate imm8",
    args: "psrFields, armImmediate",
    where: { r: (r) => r === 0, psrMask: (mask) => mask === 0 },
    feature: "pre7",
    semantics: () => {},
  }),
  t32({
    encoding: "T1",
    section: "B9.3.12",
    name: "msr{cond}",
    bits: "11110011100 r rn 10 (0) 0 psrMask (00) 0 (00000)",
    args: "psrFields, rn",
    feature: "v6t2",
    unpredictable: (v) => v["psrMask"] === 0 || v["rn"] === 13 || v["rn"] === 15,
    semantics: (b, f) => moveTo(b, f, getR(b, f.rn), afterThis(b, f.itAfter)),
  }),
]

// Changes of processor state

/** CPS in a privileged mode; in user mode it does nothing. */
function changeState(b: Builder, imod: number, aif: Operand, mode?: Operand): void {
  b.if(b.eqz(isUser(b)), () => {
    const masks = b.imm(aif)
    if (imod >= 2) {
      for (const [n, file] of [F, I, A].entries()) {
        const chosen = b.and(b.shrU(masks, b.i32(n)), b.i32(1))
        const old = b.get(file)
        b.set(file, imod === 3 ? b.or(old, chosen) : b.and(old, b.xor(chosen, b.i32(1))))
      }
    }
    if (mode) changeMode(b, b.imm(mode), afterThis(b))
    else b.attend()
  })
}

const changesSome = { aif: (masks: number) => masks !== 0 }
const changesMasks = { imod: (imod: number) => imod >= 2 }

/** CPS: sets or clears interrupt masks and changes the mode, if that is privileged. B9.3.1, B9.3.2 */
export const cps = [
  a32({
    encoding: "A1, masks alone",
    section: "B9.3.2",
    name: "cps{imod}",
    bits: "111100010000 imod 00 (0000000) aif 0 (00000)",
    args: "aif",
    where: { ...changesMasks, ...changesSome },
    feature: "v6",
    semantics: (b, f) => changeState(b, f.imod, f.aif),
  }),
  a32({
    encoding: "A1, masks and mode",
    section: "B9.3.2",
    name: "cps{imod}",
    bits: "111100010000 imod 10 (0000000) aif 0 mode",
    args: "aif, mode",
    where: { ...changesMasks, ...changesSome },
    feature: "v6",
    semantics: (b, f) => changeState(b, f.imod, f.aif, f.mode),
  }),
  a32({
    encoding: "A1, mode alone",
    section: "B9.3.2",
    name: "cps",
    bits: "111100010000 0010 (0000000) (000) 0 mode",
    args: "mode",
    feature: "v6",
    semantics: (b, f) => b.if(b.eqz(isUser(b)), () => changeMode(b, b.imm(f.mode), afterThis(b))),
  }),
  t16({
    encoding: "T1",
    section: "B9.3.1",
    name: "cpsi{x?d:e}",
    bits: "10110110011 x (0) aif",
    args: "aif",
    where: changesSome,
    feature: "v6",
    unpredictable: inItBlock,
    semantics: (b, f) => changeState(b, 2 + f.x, f.aif),
  }),
  t32({
    encoding: "T2, masks alone",
    section: "B9.3.1",
    name: "cps{imod}.w",
    bits: "111100111010 (1111) 10 (0) 0 (0) imod 0 aif (00000)",
    args: "aif",
    where: { ...changesMasks, ...changesSome },
    feature: "v6t2",
    unpredictable: inItBlock,
    semantics: (b, f) => changeState(b, f.imod, f.aif),
  }),
  t32({
    encoding: "T2, masks and mode",
    section: "B9.3.1",
    name: "cps{imod}.w",
    bits: "111100111010 (1111) 10 (0) 0 (0) imod 1 aif mode",
    args: "aif, mode",
    where: { ...changesMasks, ...changesSome },
    feature: "v6t2",
    unpredictable: inItBlock,
    semantics: (b, f) => changeState(b, f.imod, f.aif, f.mode),
  }),
  t32({
    encoding: "T2, mode alone",
    section: "B9.3.1",
    name: "cps",
    bits: "111100111010 (1111) 10 (0) 0 (0) 00 1 (000) mode",
    args: "mode",
    feature: "v6t2",
    unpredictable: inItBlock,
    semantics: (b, f) => b.if(b.eqz(isUser(b)), () => changeMode(b, b.imm(f.mode), afterThis(b))),
  }),
]

function setEndianness(b: Builder, eflag: number): void {
  b.set(E, b.i32(eflag))
  settleRegime(b, afterThis(b))
}

/** SETEND: chooses the byte order of data. A8.8.167 */
export const setend = [
  a32({
    encoding: "A1",
    section: "A8.8.167",
    name: "setend",
    bits: "111100010000 (000) 1 (000000) eflag (0) 0000 (0000)",
    args: "eflag",
    feature: "v6",
    semantics: (b, f) => setEndianness(b, f.eflag),
  }),
  t16({
    encoding: "T1",
    section: "A8.8.167",
    name: "setend",
    bits: "10110110010 (1) eflag (000)",
    args: "eflag",
    feature: "v6",
    unpredictable: inItBlock,
    semantics: (b, f) => setEndianness(b, f.eflag),
  }),
]

// Exception return state on a stack

/** RFE: loads the return address and the status register from two words. */
function returnFrom(b: Builder, rn: Operand, start: Node, moved: Node | undefined): void {
  privileged(b, () => {
    const target = b.load(4, start, required)
    const psr = b.load(4, b.add(start, b.i32(4)), required)
    if (moved) setR(b, rn, moved)
    restorePsr(b, psr, target)
  })
}

/** SRS: stores lr and SPSR of the current mode on the stack of another. `extent` gives lowest and final address. */
function storeReturnState(
  b: Builder,
  mode: Operand,
  extent: (base: Node) => { start: Node; moved: Node },
  w: number,
): void {
  privileged(b, () => {
    const target = bankIndex(b, b.imm(mode))
    const own = b.eq(target, bankIndex(b, b.get(MODE)))
    const base = b.select(own, b.reg(GPR, 13), b.reg(SP_BANK, target))
    const { start, moved } = extent(base)
    b.store(4, start, getR(b, 14), required)
    b.store(4, b.add(start, b.i32(4)), getSpsr(b), required)
    if (!w) return
    b.if(
      own,
      () => b.setReg(GPR, 13, moved),
      () => b.setReg(SP_BANK, target, moved),
    )
  })
}

/** Lowest and final address from the packed offsets of P and U. */
function extentOf(b: Builder, base: Node, block: Operand): { start: Node; moved: Node } {
  const offsets = b.imm(block)
  const low = b.shrS(b.shl(offsets, b.i32(16)), b.i32(16))
  return { start: b.add(base, low), moved: b.add(base, b.shrS(offsets, b.i32(16))) }
}

const plus = (b: Builder, base: Node, n: number): Node => b.add(base, b.i32(n))
const suffixes = "{u?i:d}{p?b:a}"
const isR15 = (v: Readonly<Record<string, number>>) => v["rn"] === 15

/** RFE: returns from an exception, to an address and a CPSR in memory. B9.3.13 */
export const rfe = [
  a32({
    encoding: "A1",
    section: "B9.3.13",
    name: `rfe${suffixes}`,
    bits: "1111100 p u 0 w 1 rn (0000101000000000)",
    args: "rn{w?!}",
    feature: "v6",
    unpredictable: isR15,
    semantics(b, f) {
      const { start, moved } = extentOf(b, getR(b, f.rn), f.block2)
      returnFrom(b, f.rn, start, f.w ? moved : undefined)
    },
  }),
  t32({
    encoding: "T1",
    section: "B9.3.13",
    name: "rfedb{cond}",
    bits: "1110100000 w 1 rn (1100000000000000)",
    args: "rn{w?!}",
    feature: "v6t2",
    unpredictable: isR15,
    semantics(b, f) {
      const start = plus(b, getR(b, f.rn), -8)
      returnFrom(b, f.rn, start, f.w ? start : undefined)
    },
  }),
  t32({
    encoding: "T2",
    section: "B9.3.13",
    name: "rfeia{cond}",
    bits: "1110100110 w 1 rn (1100000000000000)",
    args: "rn{w?!}",
    feature: "v6t2",
    unpredictable: isR15,
    semantics(b, f) {
      const base = getR(b, f.rn)
      returnFrom(b, f.rn, base, f.w ? plus(b, base, 8) : undefined)
    },
  }),
]

/** SRS: stores lr and SPSR on the stack of a mode. B9.3.15, B9.3.16 */
export const srs = [
  a32({
    encoding: "A1",
    section: "B9.3.16",
    name: `srs${suffixes}`,
    bits: "1111100 p u 1 w 0 (1101) (00000101000) mode",
    args: "sp{w?!}, mode",
    feature: "v6",
    restartable: true,
    semantics(b, f) {
      const block = f.block2
      storeReturnState(b, f.mode, (base) => extentOf(b, base, block), f.w)
    },
  }),
  t32({
    encoding: "T1",
    section: "B9.3.15",
    name: "srsdb{cond}",
    bits: "1110100000 w 0 (1101) (11000000000) mode",
    args: "sp{w?!}, mode",
    feature: "v6t2",
    restartable: true,
    semantics(b, f) {
      const down = (base: Node) => ({ start: plus(b, base, -8), moved: plus(b, base, -8) })
      storeReturnState(b, f.mode, down, f.w)
    },
  }),
  t32({
    encoding: "T2",
    section: "B9.3.15",
    name: "srsia{cond}",
    bits: "1110100110 w 0 (1101) (11000000000) mode",
    args: "sp{w?!}, mode",
    feature: "v6t2",
    restartable: true,
    semantics(b, f) {
      storeReturnState(b, f.mode, (base) => ({ start: base, moved: plus(b, base, 8) }), f.w)
    },
  }),
]
