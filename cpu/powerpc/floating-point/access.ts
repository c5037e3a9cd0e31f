// Declaring floating-point instructions: they are unavailable while MSR[FP] is 0 (Programming Environments Manual, 6.4.8);
// those with Rc copy the summary of exceptions to field 1 of CR (2.1.3.2).

import type { Builder } from "../../ir/index.ts"
import type { Instruction } from "../../isa/index.ts"
import { ppc } from "../encoding.ts"
import { CR, FPSCR, MSR } from "../state.ts"
import { MSR_BITS } from "../system/msr-bits.ts"

/** Takes the floating-point unavailable exception unless MSR[FP] is set. */
export function checkFloatingPoint(b: Builder): void {
  b.if(b.eqz(b.and(b.get(MSR), b.i32(MSR_BITS.FP))), () => b.raise("floatingPointUnavailable"))
}

/** Copies FX, FEX, VX and OX to field 1 of CR. */
export function recordCr1(b: Builder): void {
  const fpscr = b.get(FPSCR)
  for (const n of [0, 1, 2, 3]) b.setReg(CR, 4 + n, b.and(b.shrU(fpscr, b.i32(31 - n)), b.i32(1)))
}

type Declaration<B extends string> = Parameters<typeof ppc<B>>[0]

/** Declares a floating-point instruction. */
export function fp<const B extends string>(declaration: Declaration<B>): Instruction {
  const hasRc = / Rc$/.test(declaration.bits)
  return ppc({
    ...declaration,
    semantics(b, fields) {
      checkFloatingPoint(b)
      declaration.semantics(b, fields)
      if (hasRc && (fields as unknown as { Rc: number }).Rc === 1) recordCr1(b)
    },
  })
}
