// A made-up architecture for tests of lazy flags: condition fields like PowerPC's CR with a carry and an overflow, and
// predicate pairs like IA-64's, over registers of 32 and of 64 bits.

import { type Builder, defineState, type Node } from "../../../cpu/ir/index.ts"
import {
  type Architecture,
  type CodeFormat,
  engineRegisters,
  InstructionSet,
  isa,
  modifier,
  operand,
} from "../../../cpu/isa/index.ts"

export const state = defineState({
  ...engineRegisters("i32"),
  R: { type: "i32", count: 16 },
  L: { type: "i64", count: 16 },
  /** Eight fields of less, greater, equal, and a summary that instructions copy. */
  CR: {
    type: "i32",
    count: 32,
    bits: 1,
    lazy(index) {
      const recipes = [
        ["i32.ltS", "i32.ltU", "i32.negative", "i64.ltS", "i64.ltU"],
        ["i32.gtS", "i32.gtU", "i32.positive", "i64.gtS", "i64.gtU"],
        ["i32.eq", "i32.zero", "i64.eq"],
      ] as const
      const own = recipes[index % 4]
      return own && { group: `cr${index >> 2}`, recipes: own }
    },
  },
  CA: { type: "i32", bits: 1, lazy: { group: "ca", recipes: ["i32.carry", "i32.geU"] } },
  OV: { type: "i32", bits: 1, lazy: { group: "ov", recipes: ["i32.addOverflow", "i32.subOverflow"] } },
  CA64: { type: "i32", bits: 1, lazy: { group: "ca64", recipes: ["i64.carry", "i64.geU", "i64.ltU"] } },
  OV64: { type: "i32", bits: 1, lazy: { group: "ov64", recipes: ["i64.addOverflow", "i64.subOverflow"] } },
  /** Predicates: all are computed from the operands of the last compare. */
  P: {
    type: "i32",
    count: 64,
    bits: 1,
    lazy: { group: "compare", recipes: ["i64.ltS", "i64.geS", "i64.ltU", "i64.geU", "i64.eq", "i64.ne"] },
  },
})
const { R, L, CR, CA, OV, CA64, OV64, P, PC, ISA, CONTEXT, REGIME } = state.files
const { EXCEPTION, EXCEPTION_PC, EXCEPTION_CONTEXT, EXCEPTION_ARG } = state.files

const fields = {
  op: modifier(4),
  unsigned: modifier(1),
  ra: operand(4),
  rb: operand(4),
  rd: operand(4),
  field: operand(3),
  p: operand(6),
  q: operand(6),
  bit: operand(5),
  sense: modifier(1),
  offset: operand(12, { signed: true }),
}

const word = isa({ name: "flag", bits: 32, fields, derived: {}, forms: {} })

const condition = (b: Builder, field: Node) => {
  const at = (n: number) => [CR, b.add(b.shl(field, b.i32(2)), b.i32(n))] as const
  return { less: at(0), greater: at(1), equal: at(2) }
}

const relative = (b: Builder, offset: Node) => b.add(b.pc(), b.shl(offset, b.i32(2)))

const instructions = {
  /** Compares words, or doublewords with `op` 1, into a condition field. */
  compare: word({
    name: "cmp{op}{unsigned}",
    bits: "00000000 op unsigned field ra rb (00000000)",
    args: "field, ra, rb",
    where: { op: (op: number) => op < 2 },
    semantics(b, { op, unsigned, field, ra, rb }) {
      const file = op ? L : R
      const operands = { left: b.reg(file, ra), right: b.reg(file, rb) }
      b.flags(unsigned ? "compareUnsigned" : "compareSigned", operands, condition(b, b.imm(field)))
    },
  }),
  /** Adds, or subtracts with `op` 1, and compares the result with 0 in field 0. */
  arithmetic: word({
    name: "arithmetic{op}",
    bits: "00000001 op rd ra rb (00000000)",
    args: "rd, ra, rb",
    where: { op: (op: number) => op < 2 },
    semantics(b, { op, rd, ra, rb }) {
      const [left, right] = [b.reg(R, ra), b.reg(R, rb)]
      const result = op ? b.sub(left, right) : b.add(left, right)
      if (op) b.flags("subtract", { left, right, result }, { noBorrow: CA, overflow: OV })
      else b.flags("add", { left, right, result }, { carry: CA, overflow: OV })
      b.flags("result", { result }, { negative: [CR, 0], positive: [CR, 1], zero: [CR, 2] })
      b.setReg(CR, 3, b.i32(op))
      b.setReg(R, rd, result)
    },
  }),
  /** The same with doublewords, for carry and overflow alone; 2 sets the borrow alone. */
  long: word({
    name: "long{op}",
    bits: "00000010 op rd ra rb (00000000)",
    args: "rd, ra, rb",
    where: { op: (op: number) => op < 3 },
    semantics(b, { op, rd, ra, rb }) {
      const [left, right] = [b.reg(L, ra), b.reg(L, rb)]
      if (op === 0) b.flags("add", { left, right }, { carry: CA64, overflow: OV64 })
      else if (op === 1) b.flags("subtract", { left, right }, { noBorrow: CA64, overflow: OV64 })
      else b.flags("subtract", { left, right }, { borrow: CA64 })
      b.setReg(L, rd, op === 0 ? b.add(left, right) : b.sub(left, right))
    },
  }),
  /** Compares doublewords into a pair of predicates: less, less unsigned, equal, and the contrary. */
  pair: word({
    name: "pair{op}",
    bits: "0001 op p q ra rb (0000)",
    args: "p, q, ra, rb",
    where: { op: (op: number) => op < 3 },
    semantics(b, { op, p, q, ra, rb }) {
      const operands = { left: b.reg(L, ra), right: b.reg(L, rb) }
      if (op === 2) b.flags("compareSigned", operands, { equal: [P, p], notEqual: [P, q] })
      else b.flags(op ? "compareUnsigned" : "compareSigned", operands, { less: [P, p], notLess: [P, q] })
    },
  }),
  /** Branches if a bit of CR is, or is not, set. */
  branchOnBit: word({
    name: "bc{sense}",
    bits: "00000011 sense bit offset (000000)",
    args: "bit, offset",
    semantics(b, { sense, bit, offset }) {
      const value = b.reg(CR, bit)
      b.if(sense ? value : b.eqz(value), () => b.branch(relative(b, b.imm(offset))))
    },
  }),
  /** Branches if a predicate is set. */
  branchOnPredicate: word({
    name: "br",
    bits: "00000100 (00) p offset (0000)",
    args: "p, offset",
    semantics(b, { p, offset }) {
      b.if(b.reg(P, p), () => b.branch(relative(b, b.imm(offset))))
    },
  }),
  /** Copies carries and overflows, or the bit and the predicate with those numbers, to a register. */
  copy: word({
    name: "copy{op}",
    bits: "00000101 op rd bit p (00000)",
    args: "rd, bit, p",
    where: { op: (op: number) => op < 3 },
    semantics(b, { op, rd, bit, p }) {
      const flags = op === 0 ? [CA, OV] : [CA64, OV64]
      const read = op === 2 ? [b.reg(CR, bit), b.reg(P, p)] : flags.map((file) => b.get(file))
      b.setReg(R, rd, b.or(b.shl(read[0]!, b.i32(1)), read[1]!))
    },
  }),
  /** Sets a predicate without comparing. */
  set: word({
    name: "set",
    bits: "00000110 sense p (00000000000000000)",
    args: "p, {sense}",
    semantics(b, { sense, p }) {
      b.setReg(P, p, b.i32(sense))
    },
  }),
  jump: word({
    name: "jump",
    bits: "00000111 offset (000000000000)",
    args: "offset",
    semantics(b, { offset }) {
      b.branch(relative(b, b.imm(offset)))
    },
  }),
  stop: word({
    name: "stop",
    bits: "00001000 (000000000000000000000000)",
    args: "",
    semantics(b) {
      b.raise("stop")
    },
  }),
}

const set = new InstructionSet(word.vocabulary, [instructions])

const format: CodeFormat = {
  name: "flag",
  unit: 4,
  lengths: [4],
  reach: 4,
  sets: [set],
  decode: (read) => ({ decoded: set.decode(read(0)), length: 4, context: 0 }),
}

/** The architecture: an exception stops it where it is. */
export const flagArchitecture: Architecture = {
  name: "flags",
  addressType: "i32",
  state,
  engine: { PC, ISA, CONTEXT, REGIME, EXCEPTION, EXCEPTION_PC, EXCEPTION_CONTEXT, EXCEPTION_ARG },
  formats: [format],
  byteOrder: "little",
  regimes: [{ name: "only", level: 0, isSwapped: false, unprivileged: 0 }],
  exceptions: { stop: (b, at) => b.branch(at.pc) },
  undefinedInstruction: "stop",
  helpers: [],
  hotHandlers: [],
}

// Encodings of the instructions above, by their fields.

const compare = (cr: number, a: number, b: number, isLong: boolean, isUnsigned: boolean): number =>
  (Number(isLong) << 20) | (Number(isUnsigned) << 19) | (cr << 16) | (a << 12) | (b << 8)
const arithmetic = (op: number, d: number, a: number, b: number): number =>
  (1 << 24) | (op << 20) | (d << 16) | (a << 12) | (b << 8)
const long = (op: number, d: number, a: number, b: number): number =>
  (2 << 24) | (op << 20) | (d << 16) | (a << 12) | (b << 8)
const pair = (op: number, p: number, q: number, a: number, b: number): number =>
  (1 << 28) | (op << 24) | (p << 18) | (q << 12) | (a << 8) | (b << 4)
const offsetBits = (instructionsAway: number) => instructionsAway & 0xfff
const branchOnBit = (isSet: boolean, bit: number, away: number): number =>
  (3 << 24) | (Number(isSet) << 23) | (bit << 18) | (offsetBits(away) << 6)
const branchOnPredicate = (p: number, away: number): number => (4 << 24) | (p << 16) | (offsetBits(away) << 4)
const copy = (op: number, d: number, bit: number, p: number): number =>
  (5 << 24) | (op << 20) | (d << 16) | (bit << 11) | (p << 5)
const setPredicate = (p: number, value: number): number => (6 << 24) | (value << 23) | (p << 17)
const jump = (away: number): number => (7 << 24) | (offsetBits(away) << 12)
const stop = (): number => 8 << 24

/** The words of instructions. */
export const encode = {
  compare,
  arithmetic,
  long,
  pair,
  branchOnBit,
  branchOnPredicate,
  copy,
  setPredicate,
  jump,
  stop,
}
