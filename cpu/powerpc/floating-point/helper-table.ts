// What the helpers of floating-point instructions do.

import { compareNumbers } from "../../float/exact.ts"
import { DOUBLE, isNan, SINGLE, type Unpacked, unpack } from "../../float/format.ts"
import { CR, FPR, FPSCR, MSR } from "../state.ts"
import { MSR_BITS, SRR1 } from "../system/msr-bits.ts"
import type { PowerPcPorts } from "../system/ports.ts"
import { COMPARED, FPRF, FPSCR_BITS, withExceptions } from "./fpscr-bits.ts"
import { HOW } from "./helpers.ts"
import { materialiseFpscr, readFpscr } from "./pending.ts"
import { compute, type Outcome } from "./soft-float.ts"
import { toInteger } from "./to-integer.ts"

type Cpu = Pick<PowerPcPorts, "state" | "model" | "raise">

const bitsOf = (x: bigint): bigint => BigInt.asUintN(64, x)

function recordCr1(cpu: Cpu): void {
  const fpscr = cpu.state.get(FPSCR)
  for (const n of [0, 1, 2, 3]) cpu.state.set(CR, 4 + n, (fpscr >>> (31 - n)) & 1)
}

/** Takes the program exception that FPSCR and MSR ask for (6.4.7): all of the instruction's results are there by then. */
function raiseEnabled(cpu: Cpu, records: boolean): void {
  const isEnabled = (cpu.state.get(MSR) & (MSR_BITS.FE0 | MSR_BITS.FE1)) !== 0
  if (!isEnabled || (cpu.state.get(FPSCR) & FPSCR_BITS.FEX) === 0) return
  if (records) recordCr1(cpu)
  cpu.raise("program", SRR1.floatingPoint)
}

/** Writes what an instruction leaves. */
function complete(cpu: Cpu, how: number, target: number, { fpscr, result }: Outcome): void {
  if (result !== undefined) cpu.state.setLong(FPR, target, result)
  cpu.state.set(FPSCR, 0, fpscr)
  raiseEnabled(cpu, (how & HOW.record) !== 0)
}

/** fcmpu and fcmpo: sets FPCC and a field of CR. */
function compare(cpu: Cpu, how: number, a: Unpacked, b: Unpacked): void {
  const { VE, VXSNAN, VXVC } = FPSCR_BITS
  let fpscr = readFpscr(cpu.state)
  let condition: number = COMPARED.unordered
  if (isNan(a) || isNan(b)) {
    const isSignalling = a.kind === "signalling" || b.kind === "signalling"
    const isVxvc = (how & HOW.ordered) !== 0 && !(isSignalling && fpscr & VE)
    fpscr = withExceptions(fpscr, (isSignalling ? VXSNAN : 0) | (isVxvc ? VXVC : 0))
  } else {
    const difference = compareNumbers(a, b)
    condition = difference < 0 ? COMPARED.less : difference > 0 ? COMPARED.greater : COMPARED.equal
  }
  cpu.state.set(FPSCR, 0, (fpscr & ~FPRF.conditions) | (condition << FPRF.shift))
  const field = how & 7
  for (const n of [0, 1, 2, 3]) cpu.state.set(CR, 4 * field + n, (condition >> (3 - n)) & 1)
  raiseEnabled(cpu, false)
}

/** What they do. */
export const floatingPointHelperTable = {
  fpCompute(cpu: Cpu, how: number, target: number, a: bigint, b: bigint, c: bigint): undefined {
    const manner = {
      operation: how & 0xff,
      format: how & HOW.single ? SINGLE : DOUBLE,
      shortensC: cpu.model.name === "750",
    }
    complete(cpu, how, target, compute(readFpscr(cpu.state), manner, bitsOf(a), bitsOf(b), bitsOf(c)))
  },
  fpToInteger(cpu: Cpu, how: number, target: number, b: bigint): undefined {
    complete(cpu, how, target, toInteger(readFpscr(cpu.state), bitsOf(b), (how & HOW.towardsZero) !== 0))
  },
  fpCompare(cpu: Cpu, how: number, a: bigint, b: bigint): undefined {
    compare(cpu, how, unpack(DOUBLE, bitsOf(a)), unpack(DOUBLE, bitsOf(b)))
  },
  fpMaterialise: (cpu: Cpu): undefined => void materialiseFpscr(cpu.state),
} as const
