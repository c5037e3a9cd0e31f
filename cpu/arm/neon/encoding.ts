// Declaring Advanced SIMD instructions: their A32 and T32 encodings differ in the first byte alone, and only those of
// T32 may be conditional, in an IT block (ARM DDI 0406C, A7.4, A7.7).

import type { Builder } from "../../ir/index.ts"
import type { Instruction } from "../../isa/index.ts"
import { a32, t32 } from "../encoding.ts"
import { checkVfpEnabled } from "../vfp/access.ts"
import { encodingNames, type Manual } from "../vfp/encoding.ts"

/** Fields that semantics see, beside derived ones: which of them an encoding has, its diagram tells. */
type Names = "Q size F imm1 imm2 imm3 imm4 imm5 imm6 lane1 lane2 lane3 spacing align align1 element rn rm rt"
type A32Declaration = Parameters<typeof a32<Names>>[0]
type Fields = Parameters<A32Declaration["semantics"]>[1]

type Declaration = Omit<A32Declaration, "bits" | "semantics" | keyof Manual> &
  Manual & {
    /** The diagram of bits 23 to 0. The name has `{cond}` where T32 writes it. */
    bits: string
    semantics: (b: Builder, fields: Fields) => void
  }

/**
 * Declares a data-processing instruction in both instruction sets; it is undefined while Advanced SIMD is not enabled.
 * `u` is the bit that stands apart: 24 in A32 code, 28 in T32 code.
 */
export function neon(d: Declaration & { u: "0" | "1" | "i" | "Q" }): Instruction[] {
  const { u, bits } = d
  if (u === "0" || u === "1") return declare(d, `1111001${u} ${bits}`, `111${u}1111 ${bits}`)
  return declare(d, `1111001 ${u} ${bits}`, `111 ${u} 1111 ${bits}`)
}

/** Declares an element or structure load or store. */
export const neonMemory = (d: Declaration): Instruction[] => declare(d, `11110100 ${d.bits}`, `11111001 ${d.bits}`)

function declare(d: Declaration, arm: string, thumb: string): Instruction[] {
  const semantics = (b: Builder, fields: Fields) => {
    checkVfpEnabled(b)
    d.semantics(b, fields)
  }
  const names = encodingNames(d)
  const both = { ...d, feature: "neon" }
  return [
    a32({ ...both, encoding: names.a32, name: d.name.replace("{cond}", ""), bits: arm as Names, semantics }),
    // The fields of both encodings are the same: only the context of the condition differs.
    t32({ ...both, encoding: names.t32, bits: thumb as Names, semantics: semantics as never }),
  ]
}
