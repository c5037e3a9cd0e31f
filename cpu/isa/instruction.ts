// Declaring instructions: first a vocabulary of encodings (`isa`), then one declaration for each instruction. The types of
// its fields come from the encoding diagram, so that a misspelled field does not compile.

import type { Builder, Operand } from "../ir/index.ts"
import type {
  ComputedModifier,
  ContextModifier,
  Derived,
  Field,
  FieldValues,
  Form,
  ModifierField,
  Text,
} from "./fields.ts"
import { leadOf, type Pattern, parsePattern } from "./pattern.ts"

type Words<S extends string> = S extends `${infer A} ${infer B}` ? A | Words<B> : S

type FieldOf<F> = F extends ModifierField | ComputedModifier ? number : Operand

/** The argument of semantics: modifiers as numbers, operands as opaque handles. */
export type Seen<B extends string, F, D, X> = {
  readonly [K in Extract<Words<B>, keyof F>]: FieldOf<F[K]>
} & { readonly [K in keyof D]: FieldOf<D[K]> } & { readonly [K in keyof X]: number }

/** A test that makes an instruction conditional. */
export type Guard = {
  /** Name of the field, or of the context modifier, that holds the condition. */
  readonly field: string
  /** The value that always passes. */
  readonly always: number
  /** Its text before the mnemonic, unless it is the value that always passes (IA-64's `(p06)`). */
  readonly prefix?: Text
  /** An i32 that is not zero if the instruction is executed. */
  test(b: Builder, value: never): import("../ir/index.ts").Node
}

/** How a manual that names encodings does so; `E` is the type of a single name. */
export type EncodingNames<E extends string> = {
  /** Whether the text is the name of one encoding: `A1`. */
  readonly isName: (text: string) => text is E
  /** Whether the text is the number of one section: `A8.8.4`. */
  readonly isSection: (text: string) => boolean
}

/**
 * The encoding that a declaration is: `A1`. One that joins several names them all (`T3/T2`): those of its section, or
 * one of each. One that has a part of an encoding says which after a comma: `A1, to r15`.
 */
export type EncodingText<E extends string> = E | `${E}/${string}` | `${E}, ${string}`

/** The vocabulary of one instruction set. */
export type Vocabulary = {
  readonly name: string
  /** Bits of the word. */
  readonly bits: number
  readonly fields: Readonly<Record<string, Field>>
  readonly derived: Readonly<Record<string, Derived>>
  readonly context: Readonly<Record<string, ContextModifier>>
  readonly forms: Readonly<Record<string, Form>>
  readonly guard: Guard | undefined
  /** Undefined where the manual's encodings have no names. */
  readonly encodings: EncodingNames<string> | undefined
}

/** A constraint on a field's value: a word that breaks it does not decode so, as with the manual's "SEE". */
export type Where = Readonly<Record<string, (value: number) => boolean>>

/** An extended mnemonic: another way to write an instruction whose fields have certain values. */
export type Alias = {
  /** Mnemonic and operand templates, as of an instruction. */
  readonly name: string
  readonly args?: string
  /** The fields that the text leaves out: a value each, or how it follows from the fields of the text. */
  readonly fields: Readonly<Record<string, number | ((fields: FieldValues) => number)>>
  /** Only the assembler knows it; the disassembler prints an instruction by the first of the others that fits. */
  readonly unprinted?: boolean
}

/** One instruction, or one encoding of it. */
export type Instruction = {
  readonly vocabulary: Vocabulary
  /** Mnemonic template: `add{s?s}{cond}`. */
  readonly name: string
  /** Operand template. */
  readonly args: string
  readonly aliases: readonly Alias[]
  readonly pattern: Pattern
  /** The highest bits of the word, down to the first that is not fixed. */
  readonly lead: string
  /** The manual's name of the encoding: see `EncodingText`. */
  readonly encoding: string | undefined
  /** The section of the manual that describes the instruction; several are separated by commas. */
  readonly section: string | undefined
  readonly where: Where
  /** A constraint on several values: false where the manual says UNDEFINED, or SEE another encoding. */
  readonly defined: ((fields: FieldValues) => boolean) | undefined
  /** Feature of the architecture that the instruction belongs to; part of the base if undefined. */
  readonly feature: string | undefined
  /** The guard is not applied: the instruction always executes, or tests its condition itself. */
  readonly unguarded: boolean
  /** The handler tests the guard itself: for instructions that are mostly conditional (branches). */
  readonly inlineGuard: boolean
  /** May be started again after a fault, although it has written state by then. */
  readonly restartable: boolean
  readonly unpredictable: (fields: FieldValues) => boolean
  readonly semantics: (b: Builder, fields: never) => void
}

/** Where the manual prints an encoding: to be told where its encodings have names. */
type Printed<E extends string> = string extends E
  ? { encoding?: string; section?: string }
  : { encoding: EncodingText<E>; section: string }

type Declaration<B extends string, F, D, X, E extends string> = Printed<E> & {
  name: string
  bits: B
  args?: string
  aliases?: readonly Alias[]
  where?: Where
  defined?: (fields: FieldValues) => boolean
  feature?: string
  unguarded?: boolean
  inlineGuard?: boolean
  restartable?: boolean
  /** Whether the manual calls the result UNPREDICTABLE for these field values; the fuzzer never draws them. */
  unpredictable?: (fields: FieldValues) => boolean
  semantics: (b: Builder, fields: Seen<B, F, D, X>) => void
}

/** Makes a vocabulary; the result is the function that declares instructions of that instruction set. */
export function isa<
  const F extends Record<string, Field>,
  const D extends Record<string, Derived> = Record<never, Derived>,
  const X extends Record<string, ContextModifier> = Record<never, ContextModifier>,
  const E extends string = string,
>(options: {
  name: string
  bits: number
  fields: F
  derived?: D
  context?: X
  forms?: Record<string, Form>
  guard?: Guard
  encodings?: EncodingNames<E>
}) {
  const vocabulary: Vocabulary = {
    name: options.name,
    bits: options.bits,
    fields: options.fields,
    derived: options.derived ?? {},
    context: options.context ?? {},
    forms: options.forms ?? {},
    guard: options.guard,
    encodings: options.encodings,
  }
  function declare<const B extends string>(d: Declaration<B, F, D, X, E>): Instruction {
    const parse = () => {
      const pattern = parsePattern(d.bits, options.bits, vocabulary.fields)
      for (const name in d.where) {
        if (!pattern.fields.some((f) => f.name === name))
          throw new Error(`${d.name}: "where" names ${name}, not in ${d.bits}`)
      }
      return pattern
    }
    let pattern: Pattern | undefined
    return {
      vocabulary,
      name: d.name,
      args: d.args ?? "",
      aliases: d.aliases ?? [],
      lead: leadOf(d.bits),
      encoding: d.encoding,
      section: d.section,
      // Many an instruction is never met: its diagram is read when it may be the one.
      get pattern() {
        pattern ??= parse()
        return pattern
      },
      where: d.where ?? {},
      defined: d.defined,
      feature: d.feature,
      unguarded: d.unguarded ?? false,
      inlineGuard: d.inlineGuard ?? false,
      restartable: d.restartable ?? false,
      unpredictable: d.unpredictable ?? (() => false),
      semantics: d.semantics as (b: Builder, fields: never) => void,
    }
  }
  return Object.assign(declare, { vocabulary })
}
