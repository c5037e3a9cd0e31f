// Instructions that have one encoding in A32 and one in T32, with the same fields and the same meaning: most of those
// for media, multiplication and coprocessors (ARM DDI 0406C, A5.4, A5.6, A6.3.12 to A6.3.18).

import type { Builder } from "../ir/index.ts"
import type { FieldValues, Instruction, Where } from "../isa/index.ts"
import { a32, t32 } from "./encoding.ts"
import { is15, isBadReg } from "./unpredictable.ts"

type A32Declaration<B extends string> = Parameters<typeof a32<B>>[0]
type Fields<B extends string> = Parameters<A32Declaration<B>["semantics"]>[1]

/** What the two encodings have in common, and the diagram of each. */
export type BothSets<B extends string> = {
  /** Mnemonic template without the condition. */
  readonly name: string
  readonly section: string
  /** Which part of its encodings the declaration is, if another has the rest. */
  readonly part?: string
  readonly a32: B
  readonly t32: string
  /** The encoding in T32, and its suffix: T2 and `.w` where T1 has 16 bits. */
  readonly t32Encoding?: "T1" | "T2"
  readonly width?: "" | ".w"
  readonly args: string
  /** How T32 writes the operands, if otherwise. */
  readonly t32Args?: string
  /** Features that the encodings belong to: none in A32, and v6t2 in T32, unless given. */
  readonly feature?: string
  readonly t32Feature?: string
  readonly where?: Where
  /** The register fields: UNPREDICTABLE for r15, in T32 for r13 as well. */
  readonly registers: readonly string[]
  readonly unpredictable?: (fields: FieldValues) => boolean
  readonly t32Unpredictable?: (fields: FieldValues) => boolean
  readonly semantics: (b: Builder, fields: Fields<B>) => void
}

const never = () => false

/** Declares an instruction in both instruction sets: A1, and T1 unless given. */
export function inBothSets<const B extends string>(d: BothSets<B>): Instruction[] {
  const { name, section, args, feature, registers, where = {}, unpredictable = never, semantics } = d
  const { t32Encoding = "T1", width = "", t32Args = args, t32Feature = "v6t2", t32Unpredictable = unpredictable } = d
  const part = d.part === undefined ? ("" as const) : (`, ${d.part}` as const)
  const is15InA32 = is15(...registers)
  const isBadInT32 = isBadReg(...registers)
  return [
    a32({
      encoding: `A1${part}`,
      section,
      name: `${name}{cond}`,
      bits: d.a32,
      args,
      where,
      ...(feature && { feature }),
      unpredictable: (v) => is15InA32(v) || unpredictable(v),
      semantics,
    }),
    t32({
      encoding: `${t32Encoding}${part}`,
      section,
      name: `${name}{cond}${width}`,
      bits: d.t32,
      args: t32Args,
      where,
      feature: t32Feature,
      unpredictable: (v) => isBadInT32(v) || t32Unpredictable(v),
      // The fields of both encodings are the same: only the context of the condition differs.
      semantics: semantics as never,
    }),
  ]
}
