// How the lists and addresses of element and structure loads and stores are written (ARM DDI 0406C, A8.5, A7.7).

import type { FieldValues, Form } from "../../isa/index.ts"
import { coreNames } from "../state.ts"

/** What is transferred: registers a stride apart, one element of each or all; and the alignment that the address must have. */
type Transfer = {
  readonly count: number
  readonly stride: number
  /** An index of elements; "all" for loads to all of them. */
  readonly lane?: number | "all"
  /** Bits; 0 if any address will do. */
  readonly alignment: number
}

/** An operand list, its fields beside the first register and the address, and what their values stand for. */
export type ElementText = {
  readonly fields: readonly string[]
  /** All values of those fields that are defined. */
  values(): readonly FieldValues[]
  transfer(v: FieldValues): Transfer
}

const lanes = (lane: Transfer["lane"]) => (lane === undefined ? "" : lane === "all" ? "[]" : `[${lane}]`)

function listOf(first: number, { count, stride, lane }: Transfer): string {
  const names = Array.from({ length: count }, (_, n) => `d${first + n * stride}${lanes(lane)}`)
  const isRange = stride === 1 && lane === undefined && count > 1
  return `{${isRange ? `${names[0]}-${names.at(-1)}` : names.join(", ")}}`
}

/** A list as the names of its registers, one by one. */
function spelledOut(list: string): string {
  const range = /^\{d(\d+)(\[\d*\])?-d(\d+)(\[\d*\])?\}$/.exec(list)
  if (!range) return list
  const [first, last] = [Number(range[1]), Number(range[3])]
  if (last < first || last - first > 3) return list
  const names = Array.from({ length: last - first + 1 }, (_, n) => `d${first + n}${range[2] ?? ""}`)
  return `{${names.join(", ")}}`
}

/** `{d0-d3}, [r0:64]!` */
function elements({ fields, values, transfer }: ElementText): Form {
  return {
    fields: ["D", "Vd", "rn", "rm", ...fields],
    pattern: "\\{[^}]*\\}, \\[[^\\]]*\\](?:!|, ?[a-z][a-z0-9]*)?",
    print(v) {
      const what = transfer(v)
      const align = what.alignment ? `:${what.alignment}` : ""
      const after = v["rm"] === 15 ? "" : v["rm"] === 13 ? "!" : `, ${coreNames[v["rm"]!]}`
      return `${listOf((v["D"]! << 4) | v["Vd"]!, what)}, [${coreNames[v["rn"]!]}${align}]${after}`
    },
    parse(text) {
      const parts = /^(\{.*\}), \[(\w+)(?: ?[:@] ?(\d+))?\](!)?(?:, (\w+))?$/.exec(text.toLowerCase())
      if (!parts) return undefined
      const [, list, base, alignment = "0", mark, index] = parts
      const rn = registerOf(base!)
      const rm = mark ? 13 : index === undefined ? 15 : registerOf(index)
      const first = Number(/\d+/.exec(list!)?.[0])
      if (rn === undefined || rm === undefined || !(first < 32)) return undefined
      for (const value of values()) {
        const what = transfer(value)
        if (what.alignment !== Number(alignment)) continue
        if (spelledOut(listOf(first, what)) !== spelledOut(list!)) continue
        return { D: first >> 4, Vd: first & 15, rn, rm, ...value }
      }
      return undefined
    },
  }
}

const aliases: Readonly<Record<string, number>> = { r13: 13, r14: 14, r15: 15, ip: 12, fp: 11, sl: 10, sb: 9 }
const registerOf = (name: string): number | undefined => {
  const found = coreNames.indexOf(name)
  return found >= 0 ? found : aliases[name]
}

const numbers = (count: number) => Array.from({ length: count }, (_, n) => n)
const hints = [0, 64, 128, 256] as const

/** Multiple structures in so many registers; `hintLimit` is the greatest value of align. */
function multiple(count: number, stride: 1 | "spacing", hintLimit: number): ElementText {
  const spaced = stride === "spacing"
  return {
    fields: spaced ? ["align", "spacing"] : ["align"],
    values: () =>
      numbers(hintLimit + 1).flatMap((align) => (spaced ? [0, 1].map((spacing) => ({ align, spacing })) : [{ align }])),
    transfer: (v) => ({ count, stride: spaced ? 1 + v["spacing"]! : 1, alignment: hints[v["align"]!]! }),
  }
}

/** One element of so many registers, of 8 << size bits. */
function single(count: number, size: 0 | 1 | 2): ElementText {
  const transfer = (v: FieldValues) => {
    const { lane, stride, alignment } = singleElement(count, size, v["element"]!)!
    return { count, stride, lane, alignment: 8 * alignment }
  }
  return {
    fields: ["element"],
    values: () =>
      numbers(16)
        .filter((element) => singleElement(count, size, element) !== undefined)
        .map((element) => ({ element })),
    transfer,
  }
}

/**
 * What index_align says of a transfer of one element of so many registers: index, distance of registers, and the bytes
 * that the address must be a multiple of (0 for any); undefined if it is UNDEFINED.
 */
export function singleElement(count: number, size: 0 | 1 | 2, element: number) {
  const lane = element >> (size + 1)
  const stride = count > 1 && size > 0 && (element >> size) & 1 ? 2 : 1
  const low = element & ((2 << size) - 1)
  const hint = size === 0 ? low & 1 : low & ((1 << size) - 1)
  const bytes = count << size
  switch (count) {
    case 1:
      if (size === 0) return low === 0 ? { lane, stride, alignment: 0 } : undefined
      if (size === 1) return (low & 2) === 0 ? { lane, stride: 1, alignment: low & 1 ? 2 : 0 } : undefined
      if ((low & 4) !== 0 || (hint !== 0 && hint !== 3)) return undefined
      return { lane, stride: 1, alignment: hint ? 4 : 0 }
    case 2:
      if (size === 2 && hint > 1) return undefined
      return { lane, stride, alignment: hint ? bytes : 0 }
    case 3:
      return hint === 0 ? { lane, stride, alignment: 0 } : undefined
    default:
      if (size < 2) return { lane, stride, alignment: hint ? bytes : 0 }
      return hint === 3 ? undefined : { lane, stride, alignment: [0, 8, 16][hint]! }
  }
}

/** Bytes that the address of one structure to all elements must be a multiple of, if it says so. */
export const alignmentOfAll = (count: number, size: number): number =>
  size === 3 ? 16 : count === 4 && size === 2 ? 8 : count << size

/** One structure to all elements, of 8 << size bits; a size of 3 is that of 32 bits in four registers, aligned to 16 bytes. */
function all(count: number, size: number): ElementText {
  const spaced = count > 1
  const alignment = 8 * alignmentOfAll(count, size)
  const aligned = count === 3 || (count === 1 && size === 0) ? [0] : size === 3 ? [1] : [0, 1]
  return {
    fields: ["align1", "spacing"],
    values: () => aligned.flatMap((align1) => [0, 1].map((spacing) => ({ align1, spacing }))),
    transfer: (v) => ({
      count: spaced ? count : 1 + v["spacing"]!,
      stride: spaced ? 1 + v["spacing"]! : 1,
      lane: "all",
      alignment: v["align1"] ? alignment : 0,
    }),
  }
}

/** Operand lists by name. */
export const elementForms: Record<string, Form> = {
  ...Object.fromEntries(
    [1, 2, 1, 3].map((limit, n) => [`multiple1x${n + 1}`, elements(multiple(n + 1, 1, limit))] as const),
  ),
  multiple2x2: elements(multiple(2, "spacing", 2)),
  multiple2x4: elements(multiple(4, 1, 3)),
  multiple3x3: elements(multiple(3, "spacing", 1)),
  multiple4x4: elements(multiple(4, "spacing", 3)),
  ...Object.fromEntries(
    [1, 2, 3, 4].flatMap((count) => [
      ...([0, 1, 2] as const).map((size) => [`single${count}of${size}`, elements(single(count, size))] as const),
      ...[0, 1, 2].map((size) => [`all${count}of${size}`, elements(all(count, size))] as const),
    ]),
  ),
  all4of3: elements(all(4, 3)),
}
