// Preload hints and memory barriers, which change nothing that software can see on this CPU (ARM DDI 0406C, A8.8.43,
// A8.8.44, A8.8.53, A8.8.126 to A8.8.129; encodings A5.7.1, A6.3.4, A6.3.8 to A6.3.9).

import type { FieldValues, Instruction } from "../../isa/index.ts"
import { a32, t32 } from "../encoding.ts"
import { badThumbIndex, isNotR15 } from "./transfer.ts"

const nothing = () => {}
const badIndex = (v: FieldValues) => v["rm"] === 15

/** A hint in A32: the bits that tell it, the bits of its literal form, and its feature. */
function preloadA32(name: string, r: "0" | "1", read: boolean, feature: string | undefined): Instruction[] {
  const page = read ? "0100" : "0101"
  const options = feature === undefined ? {} : { feature }
  return [
    a32({ name, bits: `1111 ${page} u ${r}01 rn (1111) imm12`, args: "at12", ...options, semantics: nothing }),
    a32({
      name,
      bits: `1111 ${page.replace("010", "011")} u ${r}01 rn (1111) imm5 type 0 rm`,
      args: "atShifted",
      ...options,
      unpredictable: badIndex,
      semantics: nothing,
    }),
  ]
}

/** A hint in Thumb: `sign` and `w` tell it. */
function preloadThumb(name: string, sign: "0" | "1", w: "0" | "1", feature: string): Instruction[] {
  const bits = (size: string, rest: string) => `1111100${sign}${size}0${w}1 rn 1111 ${rest}` as const
  const options = { where: isNotR15, feature, semantics: nothing }
  return [
    t32({ name: `${name}{cond}`, bits: bits("1", "imm12"), args: "up12", ...options }),
    t32({ name: `${name}{cond}`, bits: bits("0", "1100 imm8"), args: "down8", ...options }),
    t32({
      name: `${name}{cond}`,
      bits: bits("0", "000000 imm2 rm"),
      args: "scaledRegister",
      unpredictable: badThumbIndex,
      ...options,
    }),
  ]
}

export const pld = [
  ...preloadA32("pld", "1", false, undefined),
  ...preloadThumb("pld", "0", "0", "v6t2"),
  t32({
    name: "pld{cond}",
    bits: "11111000 u 00 1 1111 1111 imm12",
    args: "thumbPc12",
    feature: "v6t2",
    semantics: nothing,
  }),
]

export const pldw = [...preloadA32("pldw", "0", false, "v7"), ...preloadThumb("pldw", "0", "1", "v7")]

export const pli = [
  ...preloadA32("pli", "1", true, "v7"),
  ...preloadThumb("pli", "1", "0", "v7"),
  t32({
    name: "pli{cond}",
    bits: "11111001 u 00 1 1111 1111 imm12",
    args: "thumbPc12",
    feature: "v7",
    semantics: nothing,
  }),
]

/** A barrier, by its number. */
function barrier(name: string, number: "0100" | "0101" | "0110", args = "option"): Instruction[] {
  return [
    a32({
      name,
      bits: `111101010111 (11111111) (0000) ${number} option`,
      args,
      feature: "v7",
      semantics: nothing,
    }),
    t32({
      name: `${name}{cond}`,
      bits: `111100111011 (1111) 10 (0) 0 (1111) ${number} option`,
      args,
      feature: "v7",
      semantics: nothing,
    }),
  ]
}

export const dsb = barrier("dsb", "0100")
export const dmb = barrier("dmb", "0101")
export const isb = barrier("isb", "0110", "isbOption")
