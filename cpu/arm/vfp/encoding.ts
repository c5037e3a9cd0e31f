// Declaring VFP instructions: their A32 and T32 encodings are the same but for the condition (ARM DDI 0406C, A7.2).

import type { Builder, Node, Operand, RegisterFile } from "../../ir/index.ts"
import type { FieldValues, Instruction } from "../../isa/index.ts"
import { a32, t32 } from "../encoding.ts"
import { A32, T32 } from "../registers.ts"
import { D, S } from "../state.ts"
import { checkVfpEnabled } from "./access.ts"

type A32Declaration<B extends string> = Parameters<typeof a32<B>>[0]
type Fields<B extends string> = Parameters<A32Declaration<B>["semantics"]>[1]

/** The instruction set of an encoding, for what depends on the value of r15. */
export type Set = typeof A32 | typeof T32

/** Name of an encoding that both instruction sets have: T1 in T32 code is A1 in A32 code. */
export type SharedEncoding = "T1/A1" | "T2/A2"

/** The places in the manual that an instruction comes from: its section (A8.8.n), and the encoding there. */
export type Manual = {
  readonly section: string
  readonly encoding: SharedEncoding
  /** Which part of the encoding a declaration is, if another has the rest. */
  readonly part?: string
}

/** The name of a shared encoding in each instruction set. */
export function encodingNames({ encoding, part }: Pick<Manual, "encoding" | "part">) {
  const note = part === undefined ? ("" as const) : (`, ${part}` as const)
  const [a32Name, t32Name] = encoding === "T1/A1" ? (["A1", "T1"] as const) : (["A2", "T2"] as const)
  return { a32: `${a32Name}${note}`, t32: `${t32Name}${note}` } as const
}

type Declaration<B extends string> = Omit<A32Declaration<B>, "bits" | "semantics" | keyof Manual> &
  Manual & {
    /** The diagram without the four bits that are the condition in A32 and 1110 in T32. */
    bits: B
    /** Whether the semantics check by themselves that VFP is enabled. */
    unchecked?: boolean
    semantics: (b: Builder, fields: Fields<`cond ${B}`>, set: Set) => void
  }

/** Declares a VFP instruction in both instruction sets; it is undefined while VFP is not enabled. */
export function vfp<const B extends string>(d: Declaration<B>): Instruction[] {
  const { bits, semantics, unchecked, encoding, part, ...rest } = d
  const names = encodingNames(d)
  const checked = (set: Set) => (b: Builder, fields: Fields<`cond ${B}`>) => {
    if (!unchecked) checkVfpEnabled(b)
    semantics(b, fields, set)
  }
  const declaration = { feature: "vfp", ...rest }
  return [
    a32({ ...declaration, encoding: names.a32, bits: `cond ${bits}`, semantics: checked(A32) }),
    // The fields of both encodings are the same: only the context of the condition differs.
    t32({ ...declaration, encoding: names.t32, bits: `1110 ${bits}`, semantics: checked(T32) as never }),
  ]
}

/** Whether field values are those of a T32 encoding, for predicates. */
export const isThumb = (v: FieldValues): boolean => v["inIt"] !== undefined

/** What differs between the encodings and the arithmetic of single and double precision. */
export type Precision = {
  /** Suffix of mnemonics. */
  readonly name: "f32" | "f64"
  /** The bit that tells them apart. */
  readonly sz: "0" | "1"
  readonly file: RegisterFile
  /** Names of the register operands. */
  readonly d: "Sd" | "Dd"
  readonly n: "Sn" | "Dn"
  readonly m: "Sm" | "Dm"
  /** Type of register contents. */
  readonly bits: "i32" | "i64"
  readonly fractionBits: number
  readonly width: number
}

export const SINGLE_PRECISION: Precision = {
  name: "f32",
  sz: "0",
  file: S,
  d: "Sd",
  n: "Sn",
  m: "Sm",
  bits: "i32",
  fractionBits: 23,
  width: 32,
}
export const DOUBLE_PRECISION: Precision = {
  name: "f64",
  sz: "1",
  file: D,
  d: "Dd",
  n: "Dn",
  m: "Dm",
  bits: "i64",
  fractionBits: 52,
  width: 64,
}
export const PRECISIONS: readonly Precision[] = [SINGLE_PRECISION, DOUBLE_PRECISION]

/** The register operands of an encoding, as the precision names them. */
export type RegisterOperands = { readonly [name in "Sd" | "Sn" | "Sm" | "Dd" | "Dn" | "Dm"]: Operand }

/** How an instruction is encoded: where the manual has it, and the opcode bits beside those of the format. */
export type Place = Manual & {
  readonly name: string
  readonly opcode: string
  readonly op: string
  /** VFP if not given. */
  readonly feature?: string
}
type Meaning = (b: Builder, p: Precision, f: RegisterOperands) => void

/** Declares an instruction of three registers in both precisions. */
export function threeRegisters({ opcode, op, ...place }: Place, meaning: Meaning): Instruction[] {
  return PRECISIONS.flatMap((p) =>
    vfp({
      ...place,
      name: `${place.name}{cond}.${p.name}`,
      bits: `1110 ${opcode} Vn Vd 101${p.sz} N ${op} M 0 Vm`,
      args: `${p.d}, ${p.n}, ${p.m}`,
      semantics: (b, f) => meaning(b, p, f),
    }),
  )
}

/** Declares an instruction of two registers in both precisions. */
export function twoRegisters({ opcode, op, ...place }: Place, meaning: Meaning): Instruction[] {
  return PRECISIONS.flatMap((p) =>
    vfp({
      ...place,
      name: `${place.name}{cond}.${p.name}`,
      bits: `1110 1 D 11 ${opcode} Vd 101${p.sz} ${op} M 0 Vm`,
      args: `${p.d}, ${p.m}`,
      semantics: (b, f) => meaning(b, p, f),
    }),
  )
}

/** A constant of register contents. */
export const constant = (b: Builder, p: Precision, value: bigint): Node =>
  p.bits === "i64" ? b.i64(value) : b.i32(Number(BigInt.asIntN(32, value)))

/** Register contents as a number, which must not be used where it may be a NaN; and a number as contents. */
export const numberOf = (b: Builder, p: Precision, bits: Node): Node => b.op(`${p.name}.reinterpret`, bits)
export const bitsOf = (b: Builder, p: Precision, number: Node): Node => b.op(`${p.bits}.reinterpret`, number)

const shiftedOne = (b: Builder, p: Precision, bits: Node) => b.shl(bits, constant(b, p, 1n))

/**
 * 1 if the number is normal, and further from the denormal ones than a rounding error: as a result rounded to nearest, it
 * raises no flag but inexact.
 */
export function isOrdinary(b: Builder, p: Precision, bits: Node): Node {
  const unit = BigInt(p.fractionBits + 1)
  const infinite = (1n << BigInt(p.width - 1 - p.fractionBits)) - 1n
  const aboveSmallest = b.sub(shiftedOne(b, p, bits), constant(b, p, 2n << unit))
  return b.ltU(aboveSmallest, constant(b, p, (infinite - 2n) << unit))
}

/** 1 if the number is a zero of either sign. */
export const isZeroNumber = (b: Builder, p: Precision, bits: Node): Node => b.eqz(shiftedOne(b, p, bits))

/** FPNeg: the sign inverted, of a NaN too. */
export const negate = (b: Builder, p: Precision, bits: Node): Node =>
  b.xor(bits, constant(b, p, 1n << BigInt(p.width - 1)))
