// Preload hints and memory barriers, which change nothing that software can see on this CPU (ARM DDI 0406C, A8.8.43,
// A8.8.44, A8.8.53, A8.8.126 to A8.8.130; encodings A5.7.1, A6.3.4, A6.3.8 to A6.3.9), and hints that are not allocated.

import type { FieldValues, Instruction } from "../../isa/index.ts"
import { a32, t32 } from "../encoding.ts"
import { badThumbIndex, isNotR15 } from "./transfer.ts"

const nothing = () => {}
const badIndex = (v: FieldValues) => v["rm"] === 15

/** A preload hint. */
type Preload = {
  readonly name: "pld" | "pldw" | "pli"
  /** A32: bits 27 to 24 of the form with an immediate and of that with a register, and bit 22. */
  readonly a32: readonly [immediate: "0101" | "0100", register: "0111" | "0110", bit22: "0" | "1"]
  /** T32: bits 24 and 21. */
  readonly t32: readonly [bit24: "0" | "1", bit21: "0" | "1"]
  /** Features in A32 and in T32. */
  readonly features: readonly [a32: "v7" | undefined, t32: "v6t2" | "v7"]
  /** Sections of the forms with an immediate, with a literal, and with a register. */
  readonly sections: readonly [immediate: string, literal: string, register: string]
}

const PLD: Preload = {
  name: "pld",
  a32: ["0101", "0111", "1"],
  t32: ["0", "0"],
  features: [undefined, "v6t2"],
  sections: ["A8.8.126", "A8.8.127", "A8.8.128"],
}
const PLDW: Preload = { ...PLD, name: "pldw", a32: ["0101", "0111", "0"], t32: ["0", "1"], features: ["v7", "v7"] }
const PLI: Preload = {
  name: "pli",
  a32: ["0100", "0110", "1"],
  t32: ["1", "0"],
  features: ["v7", "v7"],
  sections: ["A8.8.129", "A8.8.129", "A8.8.130"],
}

/** In A32 r15 as base makes a literal of an immediate. */
function preloadA32({ name, a32: bits, features, sections }: Preload): Instruction[] {
  const [immediate, register, bit22] = bits
  const feature = features[0]
  return [
    a32({
      encoding: "A1",
      section: sections[0] === sections[1] ? sections[0] : `${sections[0]}, ${sections[1]}`,
      name,
      bits: `1111 ${immediate} u ${bit22}01 rn (1111) imm12`,
      args: "at12",
      ...(feature && { feature }),
      semantics: nothing,
    }),
    a32({
      encoding: "A1",
      section: sections[2],
      name,
      bits: `1111 ${register} u ${bit22}01 rn (1111) imm5 type 0 rm`,
      args: "atShifted",
      ...(feature && { feature }),
      unpredictable: badIndex,
      semantics: nothing,
    }),
  ]
}

function preloadThumb({ name, t32: [bit24, bit21], features, sections }: Preload): Instruction[] {
  const common = { name: `${name}{cond}`, where: isNotR15, feature: features[1], semantics: nothing }
  return [
    t32({
      ...common,
      encoding: "T1",
      section: sections[0],
      bits: `1111100${bit24}10${bit21}1 rn 1111 imm12`,
      args: "up12",
    }),
    t32({
      ...common,
      encoding: "T2",
      section: sections[0],
      bits: `1111100${bit24}00${bit21}1 rn 1111 1100 imm8`,
      args: "down8",
    }),
    t32({
      ...common,
      encoding: "T1",
      section: sections[2],
      bits: `1111100${bit24}00${bit21}1 rn 1111 000000 imm2 rm`,
      args: "scaledRegister",
      unpredictable: badThumbIndex,
    }),
  ]
}

function preloadThumbLiteral({ name, t32: [bit24], features, sections }: Preload, encoding: "T1" | "T3"): Instruction {
  return t32({
    encoding,
    section: sections[1],
    name: `${name}{cond}`,
    bits: `1111100${bit24} u 0 ${name === "pld" ? "(0)" : "0"} 1 1111 1111 imm12`,
    args: "thumbPc12",
    feature: features[1],
    semantics: nothing,
  })
}

/** PLD: hints that data will be loaded. A8.8.126 to A8.8.128 */
export const pld = [...preloadA32(PLD), ...preloadThumb(PLD), preloadThumbLiteral(PLD, "T1")]

/** PLDW: hints that data will be stored. A8.8.126, A8.8.128 */
export const pldw = [...preloadA32(PLDW), ...preloadThumb(PLDW)]

/** PLI: hints that instructions will be fetched. A8.8.129, A8.8.130 */
export const pli = [...preloadA32(PLI), ...preloadThumb(PLI), preloadThumbLiteral(PLI, "T3")]

const unallocatedA32 = { section: "A5.7.1", name: "pldw", feature: "v7", semantics: nothing } as const
const unallocatedThumb = {
  section: "A6.3.9",
  name: "ldrsh{cond}.w",
  feature: "v6t2",
  where: isNotR15,
  semantics: nothing,
} as const

/**
 * Memory hints that are not allocated, which are NOPs. The manual has no names for them: they are written as binutils
 * write them, as indexed preloads and as loads of r15. A5.7.1, A6.3.9
 */
export const unallocated = [
  a32({
    ...unallocatedA32,
    encoding: "A1, unallocated with an immediate",
    bits: "1111 0100 u 001 rn (1111) imm12",
    args: "post12",
  }),
  a32({
    ...unallocatedA32,
    encoding: "A1, unallocated with a register",
    bits: "1111 0110 u 001 rn (1111) imm5 type 0 rm",
    args: "postShifted",
  }),
  t32({
    ...unallocatedThumb,
    encoding: "T1, unallocated with an immediate",
    bits: "111110011011 rn 1111 imm12",
    args: "r15, up12",
  }),
  t32({
    ...unallocatedThumb,
    encoding: "T2, unallocated with an immediate",
    bits: "111110010011 rn 1111 1100 imm8",
    args: "r15, down8",
  }),
  t32({
    ...unallocatedThumb,
    encoding: "T1, unallocated with a register",
    bits: "111110010011 rn 1111 000000 imm2 rm",
    args: "r15, scaledRegister",
  }),
  t32({
    ...unallocatedThumb,
    encoding: "T1, unallocated literal",
    bits: "11111001 u 011 1111 1111 imm12",
    args: "r15, thumbPc12",
    where: {},
  }),
]

/** A barrier, by its number. */
function barrier(name: string, section: string, number: "0100" | "0101" | "0110", args = "option"): Instruction[] {
  const common = { section, args, feature: "v7", semantics: nothing }
  return [
    a32({ ...common, encoding: "A1", name, bits: `111101010111 (11111111) (0000) ${number} option` }),
    t32({
      ...common,
      encoding: "T1",
      name: `${name}{cond}`,
      bits: `111100111011 (1111) 10 (0) 0 (1111) ${number} option`,
    }),
  ]
}

/** DSB: waits until earlier accesses are complete. A8.8.44 */
export const dsb = barrier("dsb", "A8.8.44", "0100")

/** DMB: keeps accesses before it before those after it. A8.8.43 */
export const dmb = barrier("dmb", "A8.8.43", "0101")

/** ISB: makes later instructions be fetched anew. A8.8.53 */
export const isb = barrier("isb", "A8.8.53", "0110", "isbOption")
