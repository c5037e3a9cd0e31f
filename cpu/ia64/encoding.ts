// The fields of IA-64 instructions, once: width, sign and spelling (Software Developer's Manual, volume 3, chapter 4
// Instruction Formats). A slot has 41 bits; each execution unit type has its own opcode space.

import { computed, computedModifier, type Field, isa, joined, modifier, operand } from "../isa/index.ts"
import { arText, brText, forms, frText, grText, guardText, hex, mask, prText, target } from "./operand-text.ts"
import { testPredicate } from "./registers.ts"
import { AR_NUMBER } from "./state.ts"

const gr = operand(7, { text: grText })
const fr = operand(7, { text: frText })
const pr = operand(6, { text: prText })
const br = operand(3, { text: brText })
const bits = (n: number) => operand(n)
const flag = modifier(1)

const fields = {
  qp: pr,
  p1: pr,
  p2: pr,
  r1: gr,
  r2: gr,
  r3: gr,
  f1: fr,
  f2: fr,
  f3: fr,
  f4: fr,
  b1: br,
  b2: br,
  r3a: operand(2, { text: grText }), // r0 to r3, of addl
  ar3: operand(7, { text: arText }),
  // Immediates and their pieces
  s: bits(1),
  i: bits(1),
  ic: bits(1),
  imm5c: bits(5),
  imm6d: bits(6),
  imm7a: bits(7),
  imm7b: bits(7),
  imm9d: bits(9),
  imm20a: bits(20),
  imm20b: bits(20),
  imm41: bits(41),
  mask7a: bits(7),
  mask8c: bits(8),
  ct2d: bits(2),
  // Bit fields and shifts
  pos6b: bits(6),
  cpos6b: bits(6),
  cpos6c: bits(6),
  cpos6d: bits(6),
  len4d: bits(4),
  len6d: bits(6),
  count6d: bits(6),
  // Frames
  sof: bits(7),
  sol: bits(7),
  sor: bits(4),
  // Opcode extensions, named after what they choose
  y: flag,
  x: flag,
  ne: modifier(1, ["eq", "ne"]),
  ta: flag,
  c: flag,
  logic: modifier(2, ["and", "andcm", "or", "xor"]),
  rel: modifier(2, ["lt", "ltu", "eq"]),
  join: modifier(2, ["and", "or", "or.andcm"]),
  four: modifier(1, ["", "4"]),
  xsize: modifier(2, ["1", "2", "4"]),
  size: modifier(2, ["1", "2", "4", "8"]),
  spec: modifier(2, ["", ".s", ".a", ".sa"]),
  rel1: modifier(1, ["", ".rel"]),
  format: modifier(2, ["sig", "exp", "s", "d"]),
  fmaop: modifier(2, ["fma", "fms", "fnma"]),
  pc: modifier(2, ["", ".s", ".d"]),
  sf: modifier(2, ["0", "1", "2", "3"]),
  xma: modifier(2, ["l", "", "hu", "h"]),
  btype: modifier(2, ["", "cloop", "cexit", "ctop"]),
  // Hints: they decide nothing
  ldhint: modifier(2, ["", ".nt1", ".d2", ".nta"]),
  sthint: modifier(2, ["", ".d1", ".d2", ".nta"]),
  bwh: modifier(2, ["sptk", "spnt", "dptk", "dpnt"]),
  p: modifier(1, ["few", "many"]),
  d: modifier(1, ["", ".clr"]),
  mwh: modifier(2, [".sptk", "", ".dptk"]),
  ih: modifier(1, ["", ".imp"]),
} as const satisfies Record<string, Field>

const isZero = (register: number) => (register === 0 ? 1 : 0)
const below2 = (register: number) => (register < 2 ? 1 : 0)
const same = (x: number, y: number) => (x === y ? 1 : 0)

function badFrame(sof: number, sol: number, sor: number, r1: number): number {
  return sof > 96 || sol > sof || sor * 8 > sof || r1 === 0 || r1 >= 32 + sof ? 1 : 0
}

/** Rules of application registers; most are plain registers. */
export const AR_RULE = { plain: 0, illegal: 1, ignored: 2, kernel: 3, count: 4, stack: 5, bsp: 6, time: 7 } as const

const IGNORED = [
  [48, 63],
  [112, 127],
] as const

function arRule(n: number, unit: "m" | "i"): number {
  if (IGNORED.some(([first, last]) => n >= first && n <= last)) return AR_RULE.ignored
  if (unit === "i") return n === 64 || n === 65 ? AR_RULE.plain : n === 66 ? AR_RULE.count : AR_RULE.illegal
  if (n < 8) return AR_RULE.kernel
  if (n === AR_NUMBER.itc) return AR_RULE.time
  if (n === 17) return AR_RULE.bsp
  if (n === 18 || n === 19) return AR_RULE.stack
  return [16, 21, 24, 25, 26, 27, 28, 29, 30, 32, 36, 40].includes(n) ? AR_RULE.plain : AR_RULE.illegal
}

const oneMore = { invert: (length: number) => (length > 0 ? [length - 1] : undefined) }
const from63 = { invert: (position: number) => [63 - position] }

const derived = {
  imm8: joined(["s", "imm7b"], { signed: true }),
  imm14: joined(["s", "imm6d", "imm7b"], { signed: true }),
  imm22: joined(["s", "imm5c", "imm9d", "imm7b"], { signed: true }),
  imm64: joined(["i", "imm41", "ic", "imm5c", "imm9d", "imm7b"]),
  imm62: joined(["imm41", "i", "imm20a"]),
  imm21: joined(["i", "imm20a"], { text: hex }),
  imm9: joined(["s", "i", "imm7b"], { signed: true }),
  imm9s: joined(["s", "i", "imm7a"], { signed: true }), // of stores
  imm1: joined(["s"], { signed: true }),
  mask17: joined(["s", "mask8c", "mask7a"], { signed: true, shift: 1, text: mask }),
  target25: joined(["s", "imm20b"], { signed: true, shift: 4, text: target }),
  sor8: joined(["sor"], { shift: 3 }),
  /** Modifiers whose value semantics take as data. */
  status: joined(["sf"]),
  sign: joined(["fmaop"]),
  // Positions and lengths as written
  count2: computed(["ct2d"], (n) => n! + 1, oneMore),
  len4: computed(["len4d"], (n) => n! + 1, oneMore),
  len6: computed(["len6d"], (n) => n! + 1, oneMore),
  pos6: computed(["cpos6c"], (n) => 63 - n!, from63),
  pos6i: computed(["cpos6b"], (n) => 63 - n!, from63),
  pos6r: computed(["cpos6d"], (n) => 63 - n!, from63),
  /** 1 for loads that defer their faults to the target's NaT bit. */
  deferring: computedModifier(["spec"], 2, (spec) => spec! & 1),
  /** Relation of r0 and r3 in format A7. */
  rel0: computedModifier(["ta", "c"], 4, (ta, c) => ta! * 2 + c!, {
    names: ["gt", "le", "ge", "lt"],
    invert: (value) => [value >> 1, value & 1],
  }),
  /** 1 where the manual demands an Illegal Operation fault for the operands. */
  illegalR1: computedModifier(["r1"], 2, (r1) => isZero(r1!)),
  illegalR3: computedModifier(["r3"], 2, (r3) => isZero(r3!)),
  illegalLoad: computedModifier(["r1", "r3"], 2, (r1, r3) => isZero(r1!) | isZero(r3!) | same(r1!, r3!)),
  illegalF1: computedModifier(["f1"], 2, (f1) => below2(f1!)),
  illegalPredicates: computedModifier(["p1", "p2"], 2, (p1, p2) => same(p1!, p2!)),
  illegalFrame: computedModifier(["sof", "sol", "sor", "r1"], 2, (sof, sol, sor, r1) =>
    badFrame(sof!, sol!, sor!, r1!),
  ),
  mRule: computedModifier(["ar3"], 8, (n) => arRule(n!, "m")),
  iRule: computedModifier(["ar3"], 3 + 2, (n) => arRule(n!, "i")),
} as const

const unit = <const N extends string>(name: N) =>
  isa({
    name,
    bits: 41,
    fields,
    derived,
    forms,
    guard: { field: "qp", always: 0, prefix: guardText, test: testPredicate },
  })

/** Declares instructions that run in I and M slots alike (major opcodes 8 and up). */
export const aUnit = unit("A")
/** Declares instructions of I slots. */
export const iUnit = unit("I")
/** Declares instructions of M slots. */
export const mUnit = unit("M")
/** Declares instructions of B slots. */
export const bUnit = unit("B")
/** Declares instructions of F slots. */
export const fUnit = unit("F")
/** Declares instructions of the X slot; the L slot is the extension word. */
export const xUnit = unit("X")
