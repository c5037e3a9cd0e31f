// A made-up architecture for the tests of the kit: "wide" with 32-bit instructions, "narrow" with 16-bit ones of which
// some take an extension word, and a prefix that makes the next instruction conditional.

import { type Builder, defineState, type Node } from "../../../cpu/ir/index.ts"
import {
  type Architecture,
  type CodeFormat,
  computed,
  engineRegisters,
  type Form,
  InstructionSet,
  isa,
  joined,
  modifier,
  operand,
  registerText,
  type SourceDialect,
  type Text,
} from "../../../cpu/isa/index.ts"

const names = [...Array.from({ length: 13 }, (_, n) => `r${n}`), "sp", "lr", "r15"]

export const state = defineState({
  ...engineRegisters("i32"),
  R: { type: "i32", count: 16, names },
  Z: { type: "i32", bits: 1, home: "local" },
  V: { type: "v128" },
})
const { R, Z, V, PC, ISA, CONTEXT, REGIME, EXCEPTION, EXCEPTION_PC, EXCEPTION_CONTEXT, EXCEPTION_ARG } = state.files

export { R, Z }

const number = "[-+]?(?:0x[0-9a-f]+|[0-9]+)"

const immediate: Text = {
  pattern: `#${number}`,
  print: (value) => `#${value}`,
  parse: (text) => Number(text.slice(1)),
}

// The field counts instructions from the one after this.
const target = (unit: number): Text => ({
  pattern: `(?:${number}|[a-z_.$][\\w.$]*)`,
  print: (value, { address, length }) => `0x${(address + length + value * unit).toString(16)}`,
  parse(text, { address, length }, symbol) {
    const to = /^[-+0-9]/.test(text) ? Number(text) : symbol(text)
    return to === undefined ? undefined : (to - address - length) / unit
  },
})

/** Two registers in brackets, the second with a scale. */
const scaled: Form = {
  fields: ["ra", "rb", "scale"],
  pattern: "\\[[^\\]]*\\]",
  print: ({ ra, rb, scale }) => `[${names[ra!]}, ${names[rb!]}${scale ? `, #${scale}` : ""}]`,
  parse(text) {
    const match = /^\[(\w+), (\w+)(?:, #([0-9]+))?\]$/.exec(text)
    if (!match) return undefined
    const [ra, rb] = [names.indexOf(match[1]!), names.indexOf(match[2]!)]
    return ra < 0 || rb < 0 ? undefined : { ra, rb, scale: Number(match[3] ?? 0) }
  },
}

const register = operand(4, { text: registerText(names, { r15: 15 }) })
const fields = {
  cond: modifier(2, ["eq", "ne", ""]),
  rd: register,
  ra: register,
  rb: register,
  si: operand(12, { signed: true, text: immediate }),
  offset: operand(20, { signed: true, text: target(4) }),
  near: operand(8, { signed: true, text: target(2) }),
  far: operand(16, { signed: true, text: target(2) }),
  high: operand(4),
  low: operand(8),
  rotate: operand(4),
  scale: operand(2),
  low3: operand(3, { text: registerText(names.slice(0, 8)) }),
  value6: operand(6, { text: immediate }),
  s: modifier(1),
  part: modifier(1, ["b", "h"]),
  sx: modifier(1, ["", "s"]),
} as const

const rotated = (rotate: number, low: number) => (low << (2 * rotate)) | (rotate === 0 ? 0 : low >>> (32 - 2 * rotate))

const derived = {
  joinedImmediate: joined(["high", "low"], { signed: true, shift: 2, text: immediate }),
  rotatedImmediate: computed(["rotate", "low"], rotated, {
    text: immediate,
    invert(value) {
      for (let rotate = 0; rotate < 16; rotate++) {
        for (let low = 0; low < 256; low++) if (rotated(rotate, low) === (value | 0)) return [rotate, low]
      }
      return undefined
    },
  }),
} as const

function testCondition(b: Builder, value: number) {
  const z = b.get(Z)
  return value === 0 ? z : value === 1 ? b.eqz(z) : b.i32(1)
}

export const wide = isa({
  name: "wide",
  bits: 32,
  fields,
  derived,
  forms: { scaled },
  guard: { field: "cond", always: 2, test: testCondition },
})

export const narrow = isa({
  name: "narrow",
  bits: 16,
  fields,
  derived,
  context: { cond: { values: 3, value: (context: number) => (context === 0 ? 2 : context - 1) } },
  guard: { field: "cond", always: 2, test: testCondition },
})

export const wideInstructions = {
  add: wide({
    name: "add{s?s}{cond}",
    bits: "cond 000001 s rd ra rb (0000)0000000",
    args: "rd, ra, rb",
    semantics(b, { s, rd, ra, rb }) {
      const sum = b.add(b.reg(R, ra), b.reg(R, rb))
      b.setReg(R, rd, sum)
      if (s) b.set(Z, b.eqz(sum))
    },
  }),
  addi: wide({
    name: "add{s?s}{cond}",
    bits: "cond 000010 s rd ra (000) si",
    args: "rd, ra, si",
    semantics(b, { s, rd, ra, si }) {
      const sum = b.add(b.reg(R, ra), b.imm(si))
      b.setReg(R, rd, sum)
      if (s) b.set(Z, b.eqz(sum))
    },
  }),
  set: wide({
    name: "set{cond}",
    bits: "cond 000011 rd rotate low (0000)(0000)",
    args: "rd, rotatedImmediate",
    semantics(b, { rd, rotatedImmediate }) {
      b.setReg(R, rd, b.imm(rotatedImmediate))
    },
  }),
  ld: wide({
    name: "ld{cond}",
    bits: "cond 000100 rd ra rb scale (0000)(0000)(00)",
    args: "rd, scaled",
    unpredictable: ({ rd, ra }) => rd === ra,
    semantics(b, { rd, ra, rb, scale }) {
      b.setReg(R, rd, b.load(4, b.add(b.reg(R, ra), b.shl(b.reg(R, rb), b.imm(scale)))))
    },
  }),
  st: wide({
    name: "st{cond}",
    bits: "cond 000101 rd ra high low (0000)",
    args: "rd, [ra, joinedImmediate]",
    semantics(b, { rd, ra, joinedImmediate }) {
      b.store(4, b.add(b.reg(R, ra), b.imm(joinedImmediate)), b.reg(R, rd))
    },
  }),
  ldPart: wide({
    name: "ld{part}{sx}{cond}",
    bits: "cond 000111 rd ra rb part sx (0000000000)",
    args: "rd, [ra, rb]",
    semantics(b, { rd, ra, rb, part, sx }) {
      b.setReg(R, rd, b.load(part ? 2 : 1, b.add(b.reg(R, ra), b.reg(R, rb)), { signed: sx === 1 }))
    },
  }),
  stPart: wide({
    name: "st{part}{cond}",
    bits: "cond 001000 rd ra rb part (00000000000)",
    args: "rd, [ra, rb]",
    semantics(b, { rd, ra, rb, part }) {
      b.store(part ? 2 : 1, b.add(b.reg(R, ra), b.reg(R, rb)), b.reg(R, rd))
    },
  }),
  ldVector: wide({
    name: "ldv{cond}",
    bits: "cond 001001 rd ra rb (000000000000)",
    args: "rd, [ra, rb]",
    semantics(b, { rd, ra, rb }) {
      const vector = b.load(16, b.add(b.reg(R, ra), b.reg(R, rb)))
      b.set(V, vector)
      b.setReg(R, rd, b.op("i32x4.extractLane0", vector))
    },
  }),
  stVector: wide({
    name: "stv{cond}",
    bits: "cond 001010 ra rb (0000000000000000)",
    args: "[ra, rb]",
    semantics: (b, { ra, rb }) => b.store(16, b.add(b.reg(R, ra), b.reg(R, rb)), b.get(V)),
  }),
  jump: wide({
    name: "jump{cond}",
    bits: "cond 000110 (0000) offset",
    args: "offset",
    semantics(b, { offset }) {
      b.branch(b.add(b.nextPc(), b.shl(b.imm(offset), b.i32(2))))
    },
  }),
}

export const narrowInstructions = {
  add: narrow({
    name: "add{cond}",
    bits: "0001 low3 value6 000",
    args: "low3, value6",
    semantics(b, { low3, value6 }) {
      b.setReg(R, low3, b.add(b.reg(R, low3), b.imm(value6)))
    },
  }),
  jump: narrow({
    name: "jump{cond}",
    bits: "00100000 near",
    args: "near",
    semantics(b, { near }) {
      b.branch(b.add(b.nextPc(), b.shl(b.imm(near), b.i32(1))))
    },
  }),
  jumpFar: narrow({
    name: "jump{cond}",
    bits: "far | 0011000000000000",
    args: "far",
    semantics(b, { far }) {
      b.branch(b.add(b.nextPc(), b.shl(b.imm(far), b.i32(1))))
    },
  }),
  /** Makes the next instruction conditional: on "eq" with 0, "ne" with 1. */
  when: narrow({
    name: "when",
    bits: "01000000 (0000000) s",
    args: "{s?ne:eq}",
    unguarded: true,
    semantics() {},
  }),
  trap: narrow({
    name: "trap",
    bits: "0101 (000000000000)",
    unguarded: true,
    semantics(b) {
      b.raise("trap", b.i32(1))
    },
  }),
}

export const wideSet = new InstructionSet(wide.vocabulary, [wideInstructions])
export const narrowSet = new InstructionSet(narrow.vocabulary, [narrowInstructions])

export const wideFormat: CodeFormat = {
  name: "wide",
  unit: 4,
  lengths: [4],
  reach: 4,
  sets: [wideSet],
  decode: (read) => ({ decoded: wideSet.decode(read(0)), length: 4, context: 0 }),
}

// An extension word cannot be told from an instruction: enough for tests that ask this format only for what follows.
export const narrowFormat: CodeFormat = {
  name: "narrow",
  unit: 2,
  lengths: [2, 4],
  reach: 6,
  sets: [narrowSet],
  decode(read, context) {
    const decoded = narrowSet.decode(read(0), context)
    const isPrefix = decoded?.instruction === narrowInstructions.when
    return { decoded, length: 2, context: isPrefix ? 1 + (read(0) & 1) : 0 }
  },
}

export const dialect: SourceDialect = {
  formats: { ".wide": wideFormat, ".narrow": narrowFormat },
  literal(mnemonic, operands) {
    const match = /^(\w+)\s*,\s*=\s*(.+)$/.exec(operands)
    if (mnemonic !== "set" || !match) return undefined
    const [, rd, expression] = match
    return { expression: expression!, load: (label) => `jump ${label}`, immediate: (value) => `set ${rd}, #${value}` }
  },
}

/** A CPU that takes every exception at 0x100, where r14 has the address of the instruction and r13 the argument. */
export const toy: Architecture = {
  name: "toy",
  addressType: "i32",
  state,
  engine: { PC, ISA, CONTEXT, REGIME, EXCEPTION, EXCEPTION_PC, EXCEPTION_CONTEXT, EXCEPTION_ARG },
  formats: [wideFormat, narrowFormat],
  byteOrder: "little",
  regimes: [{ name: "only", level: 0, isSwapped: false, unprivileged: 0 }],
  exceptions: Object.fromEntries(
    ["trap", "fault", "unknown"].map((name) => [
      name,
      (b: Builder, at: { pc: Node; args: readonly Node[] }) => {
        b.setReg(R, 14, at.pc)
        b.setReg(R, 13, at.args[0]!)
        b.branch(b.i32(0x100), b.i32(0))
      },
    ]),
  ),
  undefinedInstruction: "unknown",
  helpers: [],
  hotHandlers: [],
}

/** Its big-endian twin: the same instructions, in memory the other way round. */
export const toyBigEndian: Architecture = { ...toy, name: "toy-big-endian", byteOrder: "big" }
