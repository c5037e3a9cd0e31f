// The vector status and control register (ALTIVECPEM, 2.1.2 and chapter 6: mfvscr, mtvscr).

import { VR, VSCR } from "../state.ts"
import { altivec } from "./encoding.ts"
import { lowWord, VSCR_BITS } from "./vector.ts"

/** mfvscr: reads VSCR into the last word of a vector. */
export const mfvscr = altivec({
  name: "mfvscr",
  bits: "000100 vD (00000) (00000) 11000000100",
  args: "vD",
  semantics: (b, f) => b.setReg(VR, f.vD, b.op("i32x4.replaceLane0", b.v128(0n), b.get(VSCR))),
})

/** mtvscr: writes VSCR from the last word of a vector. */
export const mtvscr = altivec({
  name: "mtvscr",
  bits: "000100 (00000) (00000) vB 11001000100",
  args: "vB",
  semantics: (b, f) => b.set(VSCR, b.and(lowWord(b, b.reg(VR, f.vB)), b.i32(VSCR_BITS.NJ | VSCR_BITS.SAT))),
})
