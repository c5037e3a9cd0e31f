// VFP system registers: VMRS and VMSR (ARM DDI 0406C, A8.8.348, A8.8.349, B9.3.21, B9.3.22; registers in B4.1, which
// has FPEXC, FPSCR, FPSID, MVFR0 and MVFR1). The implementation is the Cortex-A15's.

import type { Builder, Node } from "../../ir/index.ts"
import type { FieldValues } from "../../isa/index.ts"
import { getR, setR } from "../registers.ts"
import { C, N, state, V, Z } from "../state.ts"
import { cp15Slot } from "../system/cp15-storage.ts"
import { ACCESS, CONDITION_FLAGS, checkVfpControl, FAST_BITS, FPEXC_EN, FPSCR_BITS } from "./access.ts"
import { isThumb, vfp } from "./encoding.ts"

const { FPSCR, FPEXC, FP_FAST, VFP_ACCESS, CP15 } = state.files

/** Floating-point System ID: ARM, VFPv4 with the null subarchitecture, Cortex-A15. */
export const FPSID = 0x4104_30f0
/** All rounding modes, no short vectors, square root, division, no traps, both precisions, 32 D registers. */
export const MVFR0 = 0x1011_0222
/** Fused multiply-accumulate, half precision, Advanced SIMD in full, NaN propagation, denormal numbers. */
export const MVFR1 = 0x1111_1111

/** All of FPSCR. */
function readFpscr(b: Builder): Node {
  return CONDITION_FLAGS.reduce((value, flag, n) => b.or(value, b.shl(b.get(flag), b.i32(31 - n))), b.get(FPSCR))
}

function writeFpscr(b: Builder, value: Node): void {
  for (const [n, flag] of CONDITION_FLAGS.entries()) b.set(flag, b.and(b.shrU(value, b.i32(31 - n)), b.i32(1)))
  b.set(FPSCR, b.and(value, b.i32(FPSCR_BITS.writable)))
  b.set(FP_FAST, b.eq(b.and(value, b.i32(FAST_BITS)), b.i32(FPSCR_BITS.inexact)))
}

/** Only EN can be written: there are no exceptional conditions to handle. */
function writeFpexc(b: Builder, value: Node): void {
  const enable = b.and(value, b.i32(FPEXC_EN))
  b.set(FPEXC, enable)
  const everyone = b.and(b.shrU(b.reg(CP15, cp15Slot("CPACR")), b.i32(21)), b.i32(1))
  // Whoever comes here has access to the control registers: CPACR lets privileged modes through, or everyone.
  const enabled = b.or(b.i32(ACCESS.privileged | ACCESS.control), everyone)
  b.set(VFP_ACCESS, b.select(enable, enabled, b.i32(ACCESS.control)))
}

const badCore = (v: FieldValues) => v["rt"] === 15 || (isThumb(v) && v["rt"] === 13)

/** Registers that privileged software may access whether VFP is enabled or not, by number. */
const controlRegisters = [
  { name: "fpsid", reg: "0000", read: (b: Builder) => b.i32(FPSID), write: () => {} },
  { name: "mvfr1", reg: "0110", read: (b: Builder) => b.i32(MVFR1), write: () => {} },
  { name: "mvfr0", reg: "0111", read: (b: Builder) => b.i32(MVFR0), write: () => {} },
  { name: "fpexc", reg: "1000", read: (b: Builder) => b.get(FPEXC), write: writeFpexc },
] as const

/** VMRS: copies a VFP system register to a core register, or the flags of FPSCR to those of APSR. */
export const vmrs = [
  vfp({
    name: "vmrs{cond}",
    section: "A8.8.348",
    encoding: "T1/A1",
    part: "to a register",
    bits: "1110 1111 0001 rt 1010 (000)1(0000)",
    args: "rt, fpscr",
    unpredictable: badCore,
    semantics: (b, f) => setR(b, f.rt, readFpscr(b)),
  }),
  vfp({
    name: "vmrs{cond}",
    section: "A8.8.348",
    encoding: "T1/A1",
    part: "to the flags",
    bits: "1110 1111 0001 1111 1010 (000)1(0000)",
    args: "APSR_nzcv, fpscr",
    semantics(b) {
      for (const [n, flag] of [N, Z, C, V].entries()) b.set(flag, b.get(CONDITION_FLAGS[n]!))
    },
  }),
  ...controlRegisters.map(({ name, reg, read }) =>
    vfp({
      name: "vmrs{cond}",
      section: "B9.3.21",
      encoding: "T1/A1",
      part: `of ${name}`,
      bits: `1110 1111 ${reg} rt 1010 (000)1(0000)`,
      args: `rt, ${name}`,
      unchecked: true,
      unpredictable: badCore,
      semantics(b, f) {
        checkVfpControl(b)
        setR(b, f.rt, read(b))
      },
    }),
  ),
].flat()

/** VMSR: copies a core register to a VFP system register. */
export const vmsr = [
  vfp({
    name: "vmsr{cond}",
    section: "A8.8.349",
    encoding: "T1/A1",
    bits: "1110 1110 0001 rt 1010 (000)1(0000)",
    args: "fpscr, rt",
    unpredictable: badCore,
    semantics: (b, f) => writeFpscr(b, getR(b, f.rt)),
  }),
  ...controlRegisters.map(({ name, reg, write }) =>
    vfp({
      name: "vmsr{cond}",
      section: "B9.3.22",
      encoding: "T1/A1",
      part: `of ${name}`,
      bits: `1110 1110 ${reg} rt 1010 (000)1(0000)`,
      args: `${name}, rt`,
      unchecked: true,
      unpredictable: badCore,
      semantics(b, f) {
        checkVfpControl(b)
        write(b, getR(b, f.rt))
      },
    }),
  ),
].flat()
