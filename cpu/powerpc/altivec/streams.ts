// Data streams (ALTIVECPEM, 5.2.1 and chapter 6: dst, dstst, dss). They are hints about caches, which are not modelled;
// they need no MSR[VEC] (MPC7400UM, table 4-1).

import { ppc } from "../encoding.ts"

const hint = { feature: "altivec", semantics: () => {} } as const

/** dst, dstt: announces loads of a data stream. */
export const dst = ppc({
  name: "dst{T?t}",
  bits: "011111 T (00) STRM rA rB 0101010110 (0)",
  args: "rA, rB, STRM",
  ...hint,
})

/** dstst, dststt: announces stores to a data stream. */
export const dstst = ppc({
  name: "dstst{T?t}",
  bits: "011111 T (00) STRM rA rB 0101110110 (0)",
  args: "rA, rB, STRM",
  ...hint,
})

/** dss: ends a data stream. */
export const dss = ppc({
  name: "dss",
  bits: "011111 0 (00) STRM (00000) (00000) 1100110110 (0)",
  args: "STRM",
  ...hint,
})

/** dssall: ends all data streams. */
export const dssall = ppc({ name: "dssall", bits: "011111 1 (00) (00) (00000) (00000) 1100110110 (0)", ...hint })
