// Loads and stores of halfwords and signed bytes, the "extra" ones (ARM DDI 0406C, A8.8.79 to A8.8.91, A8.8.216 to
// A8.8.219; encodings A5.2.8, A5.2.9, A6.2.4, A6.3.8, A6.3.9).

import { loadStore, unprivileged } from "./load-store-forms.ts"
import { HALFWORD, SIGNED_BYTE, SIGNED_HALFWORD } from "./transfer.ts"

const halfword = { a32: "1011", t32: ["0", "01"], transfer: HALFWORD } as const
const signedByte = { a32: "1101", t32: ["1", "00"], transfer: SIGNED_BYTE, isLoad: true } as const
const signedHalfword = { a32: "1111", t32: ["1", "01"], transfer: SIGNED_HALFWORD, isLoad: true } as const

/** LDRH: loads a halfword and fills with zeros. A8.8.79 to A8.8.82 */
export const ldrh = loadStore({
  ...halfword,
  name: "ldrh",
  isLoad: true,
  t16: ["1000", "101"],
  immediate: "A8.8.80",
  thumbImmediate: ["A8.8.79", "T2", "T3"],
  literal: ["A8.8.81", "T1"],
  register: "A8.8.82",
})

/** LDRHT: loads a halfword with the permissions of user mode. A8.8.83 */
export const ldrht = unprivileged({ ...halfword, name: "ldrht", isLoad: true }, "A8.8.83")

/** STRH: stores the low halfword of a register. A8.8.216 to A8.8.218 */
export const strh = loadStore({
  ...halfword,
  name: "strh",
  isLoad: false,
  t16: ["1000", "001"],
  immediate: "A8.8.217",
  thumbImmediate: ["A8.8.216", "T2", "T3"],
  register: "A8.8.218",
})

/** STRHT: stores a halfword with the permissions of user mode. A8.8.219 */
export const strht = unprivileged({ ...halfword, name: "strht", isLoad: false }, "A8.8.219")

/** LDRSB: loads a byte and extends its sign. A8.8.84 to A8.8.86 */
export const ldrsb = loadStore({
  ...signedByte,
  name: "ldrsb",
  t16: [undefined, "011"],
  immediate: "A8.8.84",
  thumbImmediate: ["A8.8.84", "T1", "T2"],
  literal: ["A8.8.85", "T1"],
  register: "A8.8.86",
})

/** LDRSBT: loads a signed byte with the permissions of user mode. A8.8.87 */
export const ldrsbt = unprivileged({ ...signedByte, name: "ldrsbt" }, "A8.8.87")

/** LDRSH: loads a halfword and extends its sign. A8.8.88 to A8.8.90 */
export const ldrsh = loadStore({
  ...signedHalfword,
  name: "ldrsh",
  t16: [undefined, "111"],
  immediate: "A8.8.88",
  thumbImmediate: ["A8.8.88", "T1", "T2"],
  literal: ["A8.8.89", "T1"],
  register: "A8.8.90",
})

/** LDRSHT: loads a signed halfword with the permissions of user mode. A8.8.91 */
export const ldrsht = unprivileged({ ...signedHalfword, name: "ldrsht" }, "A8.8.91")
