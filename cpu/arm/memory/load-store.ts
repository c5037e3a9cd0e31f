// Loads and stores of words and unsigned bytes (ARM DDI 0406C, A8.8.62 to A8.8.71, A8.8.92, A8.8.203 to A8.8.209,
// A8.8.220; encodings A5.3, A6.2.4, A6.3.7, A6.3.9, A6.3.10).

import { t16 } from "../encoding.ts"
import { type LoadStore, loadStore, t16AtSp, unprivileged } from "./load-store-forms.ts"
import { BYTE, load, thumbBase, WORD } from "./transfer.ts"

const word = { a32: "0", t32: ["0", "10"], transfer: WORD } as const
const byte = { a32: "1", t32: ["0", "00"], transfer: BYTE } as const

const LDR: LoadStore = {
  ...word,
  name: "ldr",
  isLoad: true,
  t16: ["0110", "100"],
  immediate: "A8.8.63",
  thumbImmediate: ["A8.8.62", "T3", "T4"],
  stack: { a32: "A8.8.132", thumb: "A8.8.131" },
  literal: ["A8.8.64", "T2"],
  register: "A8.8.66",
  thumbRegister: "A8.8.65",
}

/** LDR: loads a word. A8.8.62 to A8.8.66 */
export const ldr = [
  ...loadStore(LDR),
  t16AtSp(LDR),
  t16({
    encoding: "T1",
    section: "A8.8.64",
    name: "ldr{cond}",
    bits: "01001 lt imm8",
    args: "lt, pc8x4",
    semantics: (b, f) => load(b, f.lt, b.add(thumbBase(b), b.imm(f.literal8x4)), WORD),
  }),
]

/** LDRT: loads a word with the permissions of user mode. A8.8.92 */
export const ldrt = unprivileged({ ...word, name: "ldrt", isLoad: true }, "A8.8.92")

const STR: LoadStore = {
  ...word,
  name: "str",
  isLoad: false,
  t16: ["0110", "000"],
  immediate: "A8.8.204",
  thumbImmediate: ["A8.8.203", "T3", "T4"],
  stack: { a32: "A8.8.133", thumb: "A8.8.133" },
  register: "A8.8.205",
}

/** STR: stores a word. A8.8.203 to A8.8.205 */
export const str = [...loadStore(STR), t16AtSp(STR)]

/** STRT: stores a word with the permissions of user mode. A8.8.220 */
export const strt = unprivileged({ ...word, name: "strt", isLoad: false }, "A8.8.220")

/** LDRB: loads a byte and fills with zeros. A8.8.67 to A8.8.70 */
export const ldrb = loadStore({
  ...byte,
  name: "ldrb",
  isLoad: true,
  t16: ["0111", "110"],
  immediate: "A8.8.68",
  thumbImmediate: ["A8.8.67", "T2", "T3"],
  literal: ["A8.8.69", "T1"],
  register: "A8.8.70",
})

/** LDRBT: loads a byte with the permissions of user mode. A8.8.71 */
export const ldrbt = unprivileged({ ...byte, name: "ldrbt", isLoad: true }, "A8.8.71")

/** STRB: stores the low byte of a register. A8.8.206 to A8.8.208 */
export const strb = loadStore({
  ...byte,
  name: "strb",
  isLoad: false,
  t16: ["0111", "010"],
  immediate: "A8.8.207",
  thumbImmediate: ["A8.8.206", "T2", "T3"],
  register: "A8.8.208",
})

/** STRBT: stores a byte with the permissions of user mode. A8.8.209 */
export const strbt = unprivileged({ ...byte, name: "strbt", isLoad: false }, "A8.8.209")
