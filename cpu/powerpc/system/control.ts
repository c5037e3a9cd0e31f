// System calls, return from interrupt, TLB management, and calls to the host's firmware (Programming Environments Manual,
// 4.4.2, 4.4.3 and chapter 8: rfi, sc, tlbie, tlbsync).

import { ppc } from "../encoding.ts"
import { GPR, MSR, SPR, SPRN, state } from "../state.ts"
import { firmwareCall, invalidatePage, NO_FIRMWARE } from "./helpers.ts"
import { setMsr, supervisorOnly, unlessFloatingPointEnabled } from "./msr.ts"
import { MSR_BITS, SAVED_BITS } from "./msr-bits.ts"

const { MSR_IMPLEMENTED } = state.files

/** sc: calls the supervisor. */
export const sc = ppc({
  name: "sc",
  bits: "010001 (00000) (00000) (00000000000000) 1 (0)",
  semantics: (b) => b.raise("systemCall"),
})

/** rfi: returns from an interrupt. */
export const rfi = ppc({
  name: "rfi",
  bits: "010011 (00000) (00000) (00000) 0000110010 (0)",
  semantics: (b) =>
    supervisorOnly(b, () => {
      const saved = b.and(b.reg(SPR, SPRN.SRR1), b.i32(SAVED_BITS))
      const msr = b.or(b.and(b.get(MSR), b.i32(~(SAVED_BITS | MSR_BITS.POW))), saved)
      const target = b.and(b.reg(SPR, SPRN.SRR0), b.i32(-4))
      const value = b.and(msr, b.get(MSR_IMPLEMENTED))
      unlessFloatingPointEnabled(b, value, target, () => {
        setMsr(b, value)
        b.attend()
        b.branch(target)
      })
    }),
})

/** tlbie: forgets the translations of a page. */
export const tlbie = ppc({
  name: "tlbie",
  bits: "011111 (00000) (00000) rB 0100110010 (0)",
  args: "rB",
  semantics: (b, f) => supervisorOnly(b, () => b.perform(invalidatePage, b.reg(GPR, f.rB))),
})

/** tlbsync: waits for the tlbie of other processors. */
export const tlbsync = ppc({
  name: "tlbsync",
  bits: "011111 (00000) (00000) (00000) 1000110110 (0)",
  semantics: (b) => supervisorOnly(b, () => {}),
})

/**
 * attn: calls the firmware of the host, which says where execution continues. No 32-bit processor has it; without
 * firmware it is illegal. Its code is one that the architecture leaves to implementations (PEM, appendix A: opcode 0).
 */
export const attn = ppc({
  name: "attn",
  bits: "000000 00000 00000 00000 0100000000 0",
  semantics(b) {
    const target = b.call(firmwareCall, b.pc())
    b.if(
      b.eq(target, b.i32(NO_FIRMWARE)),
      () => b.raise("illegal"),
      () => b.branch(target),
    )
  },
})
