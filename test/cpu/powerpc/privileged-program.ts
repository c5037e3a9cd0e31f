// A ROM that runs cases of privileged state one by one and records the exception that ends each. Our CPU and QEMU's board
// g3beige run the same bytes; both start at 0xfff00100.

import { assembleSource } from "../../../cpu/isa/index.ts"
import { type PowerPcModelName, powerPc } from "../../../cpu/powerpc/index.ts"
import { powerPcDialect } from "../../../cpu/powerpc/text/dialect.ts"

/** A page that a PTE maps: its address, the segment's VSID, and the lower word of the PTE. */
export type MappedPage = { readonly ea: number; readonly vsid: number; readonly low: number }

/** A case: what is prepared as a supervisor without translation, and what is executed with an MSR of its own. */
export type PrivilegedCase = {
  readonly name: string
  readonly msr: number
  readonly code: readonly string[]
  /** Instructions before it. */
  readonly setup?: readonly string[]
  readonly pages?: readonly MappedPage[]
  /** Where it begins, if not at its own code. */
  readonly entry?: number
  /** Physical address of a word to record, if not the lower word of the first PTE. */
  readonly watch?: number
}

/** Base and size of the ROM that matters, and where an emulator begins. */
export const ROM = 0xfff0_0000
export const ROM_BYTES = 0x10_0000
/** Physical memory: RAM of this size, with records, page table and data. */
export const RAM_BYTES = 0x800_0000
export const RECORDS = 0x10_0000
const PAGE_TABLE = 0x20_0000
export const DATA = 0x30_0000

const WORDS = 9
/** Every case runs so many times, so that a JIT has translated it in the end. */
const ROUNDS = 3

// What the handler uses below its own code at 0x3000.
const HANDLER = 0x3000
const NEXT_RECORD = 0x2ff0
const NEXT_CASE = 0x2ff4
const WATCH = 0x2ff8
const ROUND = 0x2ffc
const ZERO = 0x2fec
const START = 0x4000
/** Holds DONE when all records are there. */
export const DONE_AT = 0x2fe8
export const DONE = 0x600d_600d

/** Instructions that load a constant. */
export const load = (register: string, value: number): string[] => [
  `addis ${register}, 0, ${(value << 0) >> 16}`,
  `ori ${register}, ${register}, ${value & 0xffff}`,
]

/** Loads the address of a label in the ROM into r30. */
const loadLabel = (label: string) => [`addis r30, 0, (${label} >> 16) - 65536`, `ori r30, r30, ${label}@l`]

/** Instructions that write a word of memory, by way of r30 and r31. */
export const poke = (address: number, value: number): string[] => [
  ...load("r30", address),
  ...load("r31", value),
  "stw r31, 0(r30)",
]

/** Instructions that write special-purpose registers, by way of r30. */
export const writeSprs = (values: Readonly<Record<number, number>>): string[] =>
  Object.entries(values).flatMap(([number, value]) => [...load("r30", value), `mtspr ${number}, r30`])

/** Physical address of the PTE of a page: the first one of its primary group (PEM, 7.6.1.3). */
function pteAt({ ea, vsid }: MappedPage): number {
  const hash = (vsid & 0x7_ffff) ^ ((ea >>> 12) & 0xffff)
  return PAGE_TABLE | ((hash & 0x3ff) << 6)
}

const VECTOR_COUNT = 0x18

/** Vectors, and the handler that they lead to. */
function handler(): string[] {
  const vectors = Array.from({ length: VECTOR_COUNT }, (_, n) => n * 0x100).flatMap((vector) => {
    const at = (address: number) => [`.org ${address}`, "mtspr 272, r30", `addi r30, 0, ${address}`, `ba ${HANDLER}`]
    if (vector === 0x100) return [`.org ${vector}`, "b start"]
    return vector === 0xf00 ? [...at(vector), ...at(0xf20)] : at(vector)
  })
  const save = [26, 27, 18, 19].flatMap((spr, n) => [`mfspr r30, ${spr}`, `stw r30, ${4 + 4 * n}(r31)`])
  return [
    ...vectors,
    `.org ${HANDLER}`,
    `lwz r31, ${NEXT_RECORD}(0)`,
    "stw r30, 0(r31)",
    ...save,
    "mfmsr r30",
    "stw r30, 20(r31)",
    "stw r3, 24(r31)",
    "stw r4, 28(r31)",
    `lwz r30, ${WATCH}(0)`,
    "lwz r30, 0(r30)",
    "stw r30, 32(r31)",
    `addi r31, r31, ${4 * WORDS}`,
    `stw r31, ${NEXT_RECORD}(0)`,
    `lwz r30, ${NEXT_CASE}(0)`,
    "mtspr 9, r30",
    "bcctr 20, lt",
  ]
}

/** State that every case begins with. */
const prepare = (): string[] => [
  // FPSCR[VE] is cleared, so that nothing is pending.
  `prepare: addi r30, 0, ${0x2000}`,
  "mtmsr r30",
  "isync",
  "mtfsfi 6, 0",
  "addi r30, 0, 0",
  "mtmsr r30",
  "isync",
  ...[528, 530, 532, 536, 538, 540].map((spr) => `mtspr ${spr}, r30`),
  ...[18, 19].map((spr) => `mtspr ${spr}, r30`),
  `stw r30, ${ZERO}(0)`,
  ...writeSprs({ 25: PAGE_TABLE, 534: ROM | 0x1f, 535: ROM | 2, 542: ROM | 0x1f, 543: ROM | 2, 22: 0x7fff_ffff }),
  ...Array.from({ length: 16 }, (_, n) => [`addi r30, 0, ${n + 1}`, `mtsr ${n}, r30`]).flat(),
  ...poke(DATA, 0x1122_3344),
  ...poke(DATA + 4, 0x5566_7788),
  "addi r3, 0, 0",
  "addi r4, 0, 0",
  "isync",
  "bclr 20, lt",
]

function linesOf(one: PrivilegedCase, n: number, used: readonly MappedPage[]): string[] {
  const { msr, code, setup = [], pages = [], entry, watch } = one
  const forget = used.flatMap((page) => [...poke(pteAt(page), 0), ...load("r30", page.ea), "tlbie r30"])
  const map = pages.flatMap((page) => [
    ...poke(pteAt(page) + 4, page.low),
    ...poke(pteAt(page), 0x8000_0000 | (page.vsid << 7) | ((page.ea >>> 22) & 0x3f)),
  ])
  const watched = watch ?? (pages[0] ? pteAt(pages[0]) + 4 : ZERO)
  return [
    `case${n}: bl prepare`,
    ...forget,
    ...map,
    ...poke(WATCH, watched),
    ...loadLabel(`case${n + 1}`),
    `stw r30, ${NEXT_CASE}(0)`,
    ...setup,
    ...load("r30", msr),
    "mtspr 27, r30",
    ...(entry === undefined ? loadLabel(`code${n}`) : load("r30", entry)),
    "mtspr 26, r30",
    "sync",
    "isync",
    "rfi",
    `code${n}: ori r0, r0, 0`,
    ...code,
    "sc",
  ]
}

/** Copies the vectors to RAM, runs the cases, and ends. */
function frame(cases: readonly PrivilegedCase[]): string[] {
  const copy = ["addis r3, 0, -16", "addi r4, 0, 0", ...load("r5", 0x4000 / 4), "mtspr 9, r5"]
  const body = cases.flatMap((one, n) => linesOf(one, n, cases[(n || cases.length) - 1]!.pages ?? []))
  return [
    ...handler(),
    `.org ${START}`,
    "start: addi r30, 0, 0",
    "mtmsr r30",
    ...copy,
    "copying: lwzx r6, r3, r4",
    "stw r6, 0(r4)",
    "addi r4, r4, 4",
    "bc 16, lt, copying",
    ...poke(ROUND, ROUNDS),
    "again: addi r30, 0, 0",
    ...poke(NEXT_RECORD, RECORDS),
    "b case0",
    ...body,
    `case${cases.length}: addi r30, 0, 0`,
    "mtmsr r30",
    `lwz r3, ${ROUND}(0)`,
    "addic. r3, r3, -1",
    `stw r3, ${ROUND}(0)`,
    "bc 12, eq, done",
    "b again",
    "done: addi r30, 0, 0",
    ...poke(DONE_AT, DONE),
    "end: b end",
    ...prepare(),
  ]
}

/** The ROM of some cases, with the address of its end. */
export type Rom = {
  readonly bytes: Uint8Array
  readonly end: number
  /** Where the code of each case is. */
  readonly codes: readonly number[]
}

/** Builds a ROM for a model. */
export function buildRom(cases: readonly PrivilegedCase[], model: PowerPcModelName): Rom {
  const dialect = powerPcDialect(powerPc(model).formats[0]!)
  const { bytes, symbols } = assembleSource(frame(cases).join("\n"), dialect, { origin: ROM, file: "rom" })
  return { bytes, end: symbols.get("end")! >>> 0, codes: cases.map((_, n) => symbols.get(`code${n}`)! >>> 0) }
}

const hex = (value: number) => (value >>> 0).toString(16)

/** The record of a case as text. Addresses in its own code are relative to it. */
export function describeRecord(words: readonly number[], code: number): string {
  const relative = (value: number) => {
    const distance = (value >>> 0) - code
    return distance >= 0 && distance < 256 ? `+${distance}` : hex(value)
  }
  const [vector, srr0, srr1, dsisr, dar, msr, r3, r4, watched] = words as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const names = { srr1, dsisr, dar, msr, r3, r4, watched }
  const others = Object.entries(names).flatMap(([name, value]) => (value ? [`${name}=${hex(value)}`] : []))
  return [`${hex(vector)}@${relative(srr0)}`, ...others].join(" ")
}

/** Cuts words into records. */
export const recordsOf = (words: readonly number[]): number[][] =>
  Array.from({ length: words.length / WORDS }, (_, n) => words.slice(n * WORDS, (n + 1) * WORDS))

/** Number of words of the records of some cases. */
export const recordWords = (cases: readonly PrivilegedCase[]): number => WORDS * cases.length
