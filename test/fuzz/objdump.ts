// What binutils say of a word, beside what the tables say, and where the two differ for a reason.

import { type ArmModelName, arm } from "../../cpu/arm/index.ts"
import { disassemble } from "../../cpu/isa/index.ts"
import { armBinutils, objdump } from "../support/binutils.ts"
import { decodeAt, isDefined } from "./excuse.ts"
import { bytesOfWord, type RandomWord } from "./words.ts"

/** The instruction set of words. */
export type WordSet = "A32" | "T16" | "T32"

/** Texts of binutils for words that the manual leaves UNDEFINED or UNPREDICTABLE, or that later versions define. */
type Leniency = {
  readonly reason: string
  /** The sets to which it applies; all unless given. */
  readonly sets?: readonly WordSet[]
  readonly text?: RegExp
  readonly word?: (word: number) => boolean
}

const coprocessorOf = (word: number): number => (word >>> 8) & 15
/** Coprocessor instructions other than SVC and, in T32, Advanced SIMD (A5.6, A6.3.18). */
const isCoprocessor = (word: number, set: WordSet): boolean =>
  ((word >>> 26) & 3) === 3 && ((word >>> 24) & 15) !== 15 && (set === "A32" || word >>> 29 === 7)

const leniencies: readonly Leniency[] = [
  { reason: "UNPREDICTABLE, as binutils say themselves", text: /<UNPREDICTABLE>/ },
  {
    reason: "a coprocessor that the CPU lacks",
    sets: ["A32"],
    word: (word) => isCoprocessor(word, "A32") && coprocessorOf(word) >> 1 !== 5,
  },
  {
    reason: "a coprocessor that the CPU lacks",
    sets: ["T32"],
    word: (word) => isCoprocessor(word, "T32") && coprocessorOf(word) >> 1 !== 5,
  },
  { reason: "generic names for what the VFP leaves UNDEFINED (A7.5)", text: /^(?:cdp|ldc|stc|mcrr?|mrr?c)/ },
  { reason: "later versions and other cores: ARMv8", text: /^(?:sha|aes|crc|hlt|setpan|lda|stl|dcps|sevl)/ },
  { reason: "later versions and other cores: ARMv8-M", text: /^(?:bf|wls|dls|le|lctp|cs(?:el|inc|inv|neg)|sg$|tt)/ },
  { reason: "later versions: floating point of ARMv8", text: /^v(?:sel|rint|maxnm|minnm|cvt[anpm]\.|cvt[tb].*f64)/ },
  { reason: "later versions: vectors of ARMv8", text: /^v(?:qrdml[as]h|mull\.p64|u?s?u?dot|mmla)|b?f16/ },
  {
    reason: "Virtualization Extensions, which the model lacks",
    text: /^(?:mrs|msr)\w* .*(?:_(?:usr|fiq|irq|svc|abt|und|mon|hyp)|UNDEF)/i,
  },
  { reason: "UNPREDICTABLE registers of a pair", text: /^(?:ldrd|strd|ldrexd|strexd)/ },
  { reason: "UNDEFINED sizes and alignments of structures (A8.8.320 to A8.8.410)", text: /^v(?:ld|st)[1-4]/ },
  {
    reason: "UNDEFINED sizes of vectors",
    text: /^v(?:padd|pmax|pmin|mul\.p|mull\.p|mov.*\.32|rev|zip|uzp|rsqrte|recpe)/,
  },
  { reason: "UNDEFINED sizes of vectors", text: /^v(?:neg|abs|ceq|cge|cgt|cle|clt|cnt|cls|clz)\.[a-z]?(?:8|16|64)/ },
  {
    reason: "HVC and BKPT with a condition, CPS without a change: UNPREDICTABLE",
    sets: ["A32"],
    text: /^(?:hvc|bkpt|cps) ?[a-z#]/,
  },
  { reason: "MSR of a shifted register, with bits of other instructions", sets: ["A32"], text: /^msr/ },
  {
    reason: "hints with bit 4 set (A5.7.1)",
    sets: ["A32"],
    text: /^pl[di]/,
    word: (word) => (word & 0xfe00_0010) >>> 0 === 0xf600_0010,
  },
  { reason: "SETEND with other bits (A5.7.1)", sets: ["A32"], text: /^setend/ },
  { reason: "registers of a VFP subarchitecture", text: /^v(?:mrs|msr).*(?:impl def|fpinst)/i },
  { reason: "TST, TEQ, CMP and CMN without S", sets: ["A32"], text: /^(?:tst|teq|cmp|cmn)/ },
  { reason: "bits 11 to 6 of a register offset", sets: ["T32"], word: (w) => w >>> 25 === 0x7c && (w & 0x800) === 0 },
  {
    reason: "stores with r15 as base are UNDEFINED",
    sets: ["T32"],
    word: (w) => (w & 0xfe1f_0000) >>> 0 === 0xf80f_0000,
  },
  {
    reason: "UNPREDICTABLE lists of no register, and CPS without masks",
    sets: ["T16", "T32"],
    text: /\{\}|^cpsi[ed]$/,
  },
]

/** Mnemonics that binutils spell otherwise, or take for those of a neighbour. */
const spellings: readonly (readonly [ours: RegExp, theirs: RegExp])[] = [
  // VSHL by an immediate has no sign.
  [/^vshl\.i/, /^vshl\.s/],
  // A literal whose offset looks like an unprivileged access.
  [/^ldrs?[bh]?$/, /^ldrs?[bh]?t$/],
  // A hint that ARMv8 names.
  [/^nop$/, /^sevl$/],
  [/^mov$/, /^nop$/],
]

const conditions = /(?:eq|ne|cs|cc|mi|pl|vs|vc|hi|ls|ge|lt|gt|le)(?=$|\.)/

/** The mnemonic of a text, without condition, width and the direction that goes without saying. */
function mnemonic(text: string): string {
  const first = text.split(" ")[0]!.replace(/\.[nw]$/, "")
  return first
    .replace(/^(ldm|stm)ia/, "$1")
    .replace(/^(b|bl|blx)(?!ic|f|x|k)..$/, "$1")
    .replace(conditions, "")
}

/** Whether binutils find a word undefined. */
const isUndefined = (text: string): boolean =>
  /<UNDEFINED>|undefined|<illegal|<bad|<overflow|\?\?|^\.(?:word|short|inst)/.test(text)

/** A difference between the table and binutils that no reason explains, in one line; undefined if there is none. */
function differenceOf(
  drawn: RandomWord,
  set: WordSet,
  model: ArmModelName,
  text: string,
  at: number,
): string | undefined {
  const thumb = set !== "A32"
  const decoded = decodeAt(model, bytesOfWord(drawn, thumb), thumb ? 0x20 : 0)
  const hex = drawn.word.toString(16).padStart(drawn.bytes * 2, "0")
  if (!decoded) {
    if (isUndefined(text)) return undefined
    const isKnown = leniencies.some(
      ({ sets, text: pattern, word }) =>
        (!sets || sets.includes(set)) && (!pattern || pattern.test(text)) && (!word || word(drawn.word)),
    )
    return isKnown ? undefined : `${set} ${hex} encodes nothing, but for binutils "${text}"`
  }
  if (!isDefined(decoded, thumb)) return undefined
  const ours = disassemble(decoded, at)
  if (isUndefined(text)) return `${set} ${hex} is "${ours}", but for binutils undefined`
  const [own, theirs] = [mnemonic(ours), mnemonic(text)]
  if (own === theirs || spellings.some(([a, b]) => a.test(own) && b.test(theirs))) return undefined
  return `${set} ${hex} is "${ours}", but for binutils "${text}"`
}

/** Compares the table of a model with binutils on some words. */
export function compareWithObjdump(words: readonly RandomWord[], set: WordSet, model: ArmModelName): string[] {
  const thumb = set !== "A32"
  const code = new Uint8Array(words.length * 4)
  words.forEach((word, n) => {
    code.set(bytesOfWord(word, thumb), 4 * n)
  })
  const texts = objdump(code, 0, armBinutils(thumb, model, arm(model).name === "arm926" ? "armv5tej" : "armv7"))
  return words.flatMap((word, n) => differenceOf(word, set, model, texts.get(4 * n) ?? "", 4 * n) ?? [])
}
