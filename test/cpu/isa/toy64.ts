// The toy's 64-bit twin: addresses of 64 bits, bundles of three slots of 41 bits, predicates, and registers whose numbers
// follow from a base that turns, as those of rotating and stacked registers do.

import { type Builder, defineState, type Index, type Node, type Operand } from "../../../cpu/ir/index.ts"
import {
  type Architecture,
  Assembler,
  type CodeFormat,
  decimal,
  engineRegisters,
  InstructionSet,
  isa,
  modifier,
  operand,
  registerText,
  type Text,
} from "../../../cpu/isa/index.ts"

const numbered = (prefix: string, count: number) => Array.from({ length: count }, (_, n) => `${prefix}${n}`)

export const state = defineState({
  ...engineRegisters("i64"),
  /** r0 to r7 in their places; r8 to r15 turn: r8 is the register whose number is 8 + BASE. */
  R: { type: "i64", count: 16, names: numbered("r", 16) },
  P: { type: "i32", count: 16, bits: 1, names: numbered("p", 16), resets: { 0: 1 } },
  BASE: { type: "i32", bits: 3 },
  /** What masks interrupts: 0 while they may be taken. */
  MASK: { type: "i32", bits: 1, reset: 1 },
})

export const { R, P, BASE, MASK, PC, ISA, CONTEXT, REGIME, EXCEPTION, EXCEPTION_PC, EXCEPTION_CONTEXT, EXCEPTION_ARG } =
  state.files

// Counts bundles from the one of the instruction.
const target: Text = {
  pattern: "[-+]?[a-z0-9_.]+",
  print: (value) => String(value),
  parse: (text, { wideAddress = 0n }, symbol) => {
    const to = symbol(text)
    return to === undefined ? undefined : (to - Number(wideAddress & 0xffff_fff0n)) / 16
  },
}

const register = operand(4, { text: registerText(numbered("r", 16)) })
const predicate = operand(4, { text: registerText(numbered("p", 16)) })
const fields = {
  qp: predicate,
  pt: predicate,
  pf: predicate,
  rd: register,
  ra: register,
  rb: register,
  si: operand(19, { signed: true, text: decimal }),
  offset: operand(19, { signed: true, text: target }),
  size: modifier(2, ["1", "2", "4", "8"]),
  sx: modifier(1, ["", "s"]),
  rel: modifier(2, ["eq", "lt", "ltu"]),
} as const

/** The number of a register: those from 8 on turn with BASE. */
function number(b: Builder, r: Operand): Index {
  const n = b.imm(r)
  const turned = b.or(b.i32(8), b.and(b.add(n, b.get(BASE)), b.i32(7)))
  return b.select(b.ltU(n, b.i32(8)), n, turned)
}

const get = (b: Builder, r: Operand): Node => b.reg(R, masked(b, r))
const set = (b: Builder, r: Operand, value: Node): void => b.setReg(R, masked(b, r), value)
const masked = (b: Builder, r: Operand): Node => b.and(number(b, r) as Node, b.i32(15))

const slot = isa({
  name: "slot",
  bits: 41,
  fields,
  guard: {
    field: "qp",
    always: 0,
    prefix: {
      pattern: "(?:\\(p[0-9]+\\) )?",
      print: (value) => (value === 0 ? "" : `(p${value}) `),
      parse: (text) => Number(/\d+/.exec(text)?.[0] ?? 0),
    },
    test: (b: Builder, qp: Operand) => b.reg(P, qp),
  },
})

const SIZES = [1, 2, 4, 8] as const
const bundleOf = (b: Builder) => b.and(b.pc(), b.i64(-16))
const destination = (b: Builder, offset: Operand) => b.add(bundleOf(b), b.shl(b.extendS(b.imm(offset)), b.i64(4)))

export const instructions = {
  nop: slot({ name: "nop", bits: "000000 (0000000000000000000000000000000) qp", semantics() {} }),
  add: slot({
    name: "add",
    bits: "000001 rd ra rb (0000000000000000000) qp",
    args: "rd = ra, rb",
    semantics: (b, { rd, ra, rb }) => set(b, rd, b.add(get(b, ra), get(b, rb))),
  }),
  addi: slot({
    name: "adds",
    bits: "000010 rd ra (0000) si qp",
    args: "rd = ra, si",
    semantics: (b, { rd, ra, si }) => set(b, rd, b.add(get(b, ra), b.extendS(b.imm(si)))),
  }),
  shl: slot({
    name: "shl",
    bits: "000011 rd ra (0000) si qp",
    args: "rd = ra, si",
    semantics: (b, { rd, ra, si }) => set(b, rd, b.shl(get(b, ra), b.extendS(b.imm(si)))),
  }),
  xor: slot({
    name: "xor",
    bits: "000100 rd ra rb (0000000000000000000) qp",
    args: "rd = ra, rb",
    semantics: (b, { rd, ra, rb }) => set(b, rd, b.xor(get(b, ra), get(b, rb))),
  }),
  ld: slot({
    name: "ld{size}{sx}",
    bits: "000101 rd ra size sx (0) si qp",
    args: "rd = [ra, si]",
    semantics(b, { rd, ra, size, sx, si }) {
      const loaded = b.load(SIZES[size]!, b.add(get(b, ra), b.extendS(b.imm(si))), { signed: sx === 1 })
      set(b, rd, size === 3 ? loaded : sx ? b.extendS(loaded) : b.extendU(loaded))
    },
  }),
  st: slot({
    name: "st{size}",
    bits: "000110 rd ra size (00) si qp",
    args: "[ra, si] = rd",
    semantics(b, { rd, ra, size, si }) {
      const value = get(b, rd)
      b.store(SIZES[size]!, b.add(get(b, ra), b.extendS(b.imm(si))), size === 3 ? value : b.wrap(value))
    },
  }),
  cmp: slot({
    name: "cmp.{rel}",
    bits: "000111 pt pf ra rb rel (0000000000000) qp",
    args: "pt, pf = ra, rb",
    where: { rel: (n) => n < 3 },
    semantics(b, { pt, pf, ra, rb, rel }) {
      const [x, y] = [get(b, ra), get(b, rb)]
      const test = rel === 0 ? b.eq(x, y) : rel === 1 ? b.ltS(x, y) : b.ltU(x, y)
      b.setReg(P, pt, test)
      b.setReg(P, pf, b.eqz(test))
    },
  }),
  br: slot({
    name: "br",
    bits: "001000 (000000000000) offset qp",
    args: "offset",
    semantics: (b, { offset }) => b.branch(destination(b, offset)),
  }),
  bri: slot({
    name: "bri",
    bits: "001001 (0000) ra (00000000000000000000000) qp",
    args: "ra",
    semantics: (b, { ra }) => b.branch(b.and(get(b, ra), b.i64(-16))),
  }),
  /** Turns the registers and branches, as loops of overlapping rounds do. */
  turn: slot({
    name: "turn",
    bits: "001010 (000000000000) offset qp",
    args: "offset",
    semantics(b, { offset }) {
      b.set(BASE, b.and(b.add(b.get(BASE), b.i32(7)), b.i32(7)))
      b.branch(destination(b, offset))
    },
  }),
  mask: slot({
    name: "mask",
    bits: "001011 (000000000000) si qp",
    args: "si",
    semantics(b, { si }) {
      b.set(MASK, b.and(b.imm(si), b.i32(1)))
      b.attend()
    },
  }),
  time: slot({
    name: "time",
    bits: "001100 rd (00000000000000000000000) (0000) qp",
    args: "rd",
    semantics: (b, { rd }) => set(b, rd, b.op("i64.truncSatF64U", b.time())),
  }),
  trap: slot({
    name: "trap",
    bits: "001101 (0000000000000000000000000000000) qp",
    semantics: (b) => b.raise("trap", b.i64(1)),
  }),
  halt: slot({
    name: "halt",
    bits: "001110 (0000000000000000000000000000000) qp",
    semantics: (b) => b.exit("halt"),
  }),
}

export const slots = new InstructionSet(slot.vocabulary, [instructions])

/** Takes the slot's 41 bits out of the bundle's words; the lowest five bits of a bundle mean nothing. */
function slotOf(read: (offset: number) => number, n: number): number {
  const bits = [0, 4, 8, 12].reduce((all, at) => all | (BigInt(read(at) >>> 0) << BigInt(8 * at)), 0n)
  return Number((bits >> BigInt(5 + 41 * n)) & ((1n << 41n) - 1n))
}

const format: CodeFormat = {
  name: "bundles",
  unit: 16,
  slots: 3,
  wordBits: 41,
  reach: 16,
  lengths: [1, 14],
  sets: [slots],
  variesBy: [BASE],
  decode: (read, _, n = 0) => ({ decoded: slots.decode(slotOf(read, n)), length: n === 2 ? 14 : 1, context: 0 }),
}

/** Where exceptions go: the bundle at 0x100, with the address in r6 and the argument in r7. */
export const VECTOR = 0x8000_0001_0000_0100n

/** The architecture. */
export const toy64: Architecture = {
  name: "toy64",
  addressType: "i64",
  state,
  engine: state.files,
  byteOrder: "little",
  formats: [format],
  regimes: [{ name: "only", level: 0, isSwapped: false, unprivileged: 0 }],
  exceptions: Object.fromEntries(
    ["trap", "fault", "unknown", "interrupt"].map((name) => [
      name,
      (b: Builder, at: { pc: Node; args: readonly Node[] }) => {
        b.setReg(R, 6, at.pc)
        b.setReg(R, 7, at.args[0]!)
        b.set(MASK, b.i32(1))
        b.branch(b.i64(VECTOR), b.i32(0))
      },
    ]),
  ),
  undefinedInstruction: "unknown",
  helpers: [],
  hotHandlers: [],
}

const assembler = new Assembler([slots])

/**
 * Assembles lines, three to a bundle: a label (`again:`) begins a bundle, and nops fill what is left of the one before.
 * Addresses count from `origin`, of which labels are the low 32 bits.
 */
export function assemble64(source: string, origin: bigint): Uint8Array {
  const bundles: string[][] = []
  const labels = new Map<string, number>()
  for (const line of source.split("\n").map((text) => text.trim())) {
    if (line === "") continue
    const label = /^(\w+):$/.exec(line)
    if (label) labels.set(label[1]!, Number(origin & 0xffff_ffffn) + bundles.length * 16)
    const last = bundles[bundles.length - 1]
    if (label) bundles.push([])
    else if (last && last.length < 3) last.push(line)
    else bundles.push([line])
  }
  const bytes = new Uint8Array(bundles.length * 16)
  for (const [n, lines] of bundles.entries()) {
    let bits = 0n
    for (let at = 0; at < 3; at++) {
      const address = origin + BigInt(n * 16 + at)
      const { word } = assembler.assemble(lines[at] ?? "nop", { address, symbol: (name) => labels.get(name) })
      bits |= BigInt(word) << BigInt(5 + 41 * at)
    }
    for (let i = 0; i < 16; i++) bytes[n * 16 + i] = Number((bits >> BigInt(8 * i)) & 0xffn)
  }
  return bytes
}
