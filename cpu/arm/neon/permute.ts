// Advanced SIMD instructions that move elements: VSWP, VTRN, VUZP, VZIP, VEXT, VTBL, VTBX, VDUP, and immediates (ARM DDI
// 0406C, A7.4.5, A7.4.6; A8.8.313 VDUP, A8.8.316 VEXT, A8.8.339 VMOV, A8.8.418 to A8.8.423 VSWP to VZIP).

import type { Builder, Node } from "../../ir/index.ts"
import type { FieldValues, Instruction } from "../../isa/index.ts"
import { D } from "../state.ts"
import { neon } from "./encoding.ts"
import { areQuads, areWhole } from "./text.ts"
import {
  all,
  BYTES,
  Elements,
  getDouble,
  getQuad,
  getVector,
  high,
  joinHalves,
  numberedFrom,
  SHAPES,
  setDouble,
  setQuad,
  setVector,
} from "./vector.ts"

const whole = areWhole("Vd", "Vm")
const bothQuads = areQuads("Vd", "Vm")
/** A register that is exchanged with itself becomes UNKNOWN. */
const same = (v: FieldValues) => v["D"] === v["M"] && v["Vd"] === v["Vm"]

/** VSWP: exchanges two vectors. */
export const vswp = neon({
  name: "vswp{cond}",
  section: "A8.8.418",
  encoding: "T1/A1",
  u: "1",
  bits: "1 D 11 00 10 Vd 00000 Q M 0 Vm",
  args: "vd, vm",
  defined: whole,
  unpredictable: same,
  semantics(b, f) {
    const [d, m] = [getVector(b, f.Q, f.Dd), getVector(b, f.Q, f.Dm)]
    setVector(b, f.Q, f.Dd, m)
    setVector(b, f.Q, f.Dm, d)
  },
})

/** Numbers of the bytes of some elements of two vectors; the second vector's elements follow the first one's. */
function pick(size: number, elements: readonly number[]): number[] {
  const bytes = 1 << size
  return elements.flatMap((element) => Array.from({ length: bytes }, (_, n) => element * bytes + n))
}

type Exchange = {
  readonly name: string
  readonly section: string
  readonly opcode: string
  /** Sizes of elements that the form for doublewords has. */
  readonly doubles: readonly number[]
  /** Elements of both results, for vectors of `count` elements. */
  readonly elements: (count: number) => readonly [readonly number[], readonly number[]]
}

/** Declares an exchange of elements between two registers. */
const exchange = ({ name, section, opcode, doubles, elements }: Exchange): Instruction[] => [
  ...neon({
    name: `${name}{size}`,
    section,
    encoding: "T1/A1",
    part: "doublewords",
    u: "1",
    bits: `1 D 11 size 10 Vd 0 ${opcode} 0 M 0 Vm`,
    args: "Dd, Dm",
    where: { size: (size) => doubles.includes(size) },
    unpredictable: same,
    semantics(b, f) {
      // Both doublewords stand in one vector, and so do the results.
      const row = joinHalves(b, b.reg(D, f.Dd), b.reg(D, f.Dm))
      const [first, second] = elements(8 >> f.size)
      const result = b.shuffle(row, row, pick(f.size, [...first, ...second]))
      setDouble(b, f.Dd, result)
      b.setReg(D, f.Dm, high(b, result))
    },
  }),
  ...neon({
    name: `${name}{size}`,
    section,
    encoding: "T1/A1",
    part: "quadwords",
    u: "1",
    bits: `1 D 11 size 10 Vd 0 ${opcode} 1 M 0 Vm`,
    args: "Qd, Qm",
    where: { size: (size) => size < 3 },
    defined: bothQuads,
    unpredictable: same,
    semantics(b, f) {
      const [d, m] = [getQuad(b, f.Dd), getQuad(b, f.Dm)]
      const [first, second] = elements(16 >> f.size).map((list) => b.shuffle(d, m, pick(f.size, list))) as [Node, Node]
      setQuad(b, f.Dd, first)
      setQuad(b, f.Dm, second)
    },
  }),
]

const numbers = (count: number, each: (n: number) => number) => Array.from({ length: count }, (_, n) => each(n))

/** VTRN: transposes pairs of elements, as matrices of two by two. */
export const vtrn = exchange({
  name: "vtrn{cond}.",
  section: "A8.8.420",
  opcode: "0001",
  doubles: [0, 1, 2],
  elements: (count) => [
    numbers(count, (n) => (n & 1 ? count + n - 1 : n)),
    numbers(count, (n) => (n & 1 ? count + n : n + 1)),
  ],
})
/** VUZP: gathers the even elements of two vectors in one, the odd ones in the other. */
export const vuzp = exchange({
  name: "vuzp{cond}.",
  section: "A8.8.422",
  opcode: "0010",
  doubles: [0, 1],
  elements: (count) => [numbers(count, (n) => 2 * n), numbers(count, (n) => 2 * n + 1)],
})
/** VZIP: interleaves the elements of two vectors. */
export const vzip = exchange({
  name: "vzip{cond}.",
  section: "A8.8.423",
  opcode: "0011",
  doubles: [0, 1],
  elements: (count) => {
    const at = (n: number) => (n >> 1) + (n & 1 ? count : 0)
    return [numbers(count, at), numbers(count, (n) => at(n + count))]
  },
})

/** The bytes of a vector from byte `first` on, with zeros after the last. */
function bytesFrom(b: Builder, vector: Node, first: Node): Node {
  const indices = b.op("i8x16.add", b.v128(BYTES), b.op("i8x16.splat", first))
  return b.op("i8x16.swizzle", vector, indices)
}

/** VEXT: takes consecutive bytes out of two vectors in a row. */
export const vext = [
  neon({
    name: "vext{cond}.8",
    section: "A8.8.316",
    encoding: "T1/A1",
    part: "doublewords",
    u: "0",
    bits: "1 D 11 Vn Vd 0 imm3 N 0 M 0 Vm",
    args: "Dd, Dn, Dm, imm3",
    semantics(b, f) {
      setDouble(b, f.Dd, bytesFrom(b, joinHalves(b, b.reg(D, f.Dn), b.reg(D, f.Dm)), b.imm(f.imm3)))
    },
  }),
  neon({
    name: "vext{cond}.8",
    section: "A8.8.316",
    encoding: "T1/A1",
    part: "quadwords",
    u: "0",
    bits: "1 D 11 Vn Vd imm4 N 1 M 0 Vm",
    args: "Qd, Qn, Qm, imm4",
    defined: areQuads("Vd", "Vn", "Vm"),
    semantics(b, f) {
      const first = bytesFrom(b, getQuad(b, f.Dn), b.imm(f.imm4))
      const second = bytesFrom(b, getQuad(b, f.Dm), b.sub(b.imm(f.imm4), b.i32(16)))
      setQuad(b, f.Dd, b.op("v128.or", first, second))
    },
  }),
].flat()

/** Declares a look-up of bytes in a table of one to four doublewords. */
const lookUp = (name: string, op: "0" | "1"): Instruction[] =>
  [1, 2, 3, 4].flatMap((length) =>
    neon({
      name: `${name}{cond}.8`,
      section: "A8.8.419",
      encoding: "T1/A1",
      part: `a table of ${length}`,
      u: "1",
      bits: `1 D 11 Vn Vd 10 ${["00", "01", "10", "11"][length - 1]} N ${op} M 0 Vm`,
      args: `Dd, table${length}, Dm`,
      // Past the last register it is UNPREDICTABLE, and in QEMU undefined.
      defined: (v) => ((v["N"]! << 4) | v["Vn"]!) + length <= 32,
      semantics(b, f) {
        const indices = getDouble(b, f.Dm)
        const part = (n: number) => b.reg(D, numberedFrom(b, f.Dn, b.i32(n)))
        const none = b.i64(0)
        const find = (n: number) => {
          const table = joinHalves(b, part(n), n + 1 < length ? part(n + 1) : none)
          const from = n === 0 ? indices : b.op("i8x16.sub", indices, all(b, 0, BigInt(8 * n)))
          return b.op("i8x16.swizzle", table, from)
        }
        const found = length > 2 ? b.op("v128.or", find(0), find(2)) : find(0)
        if (op === "0") {
          setDouble(b, f.Dd, found)
          return
        }
        const isThere = b.op("i8x16.ltU", indices, all(b, 0, BigInt(8 * length)))
        setDouble(b, f.Dd, b.op("v128.bitselect", found, getDouble(b, f.Dd), isThere))
      },
    }),
  )
/** VTBL: looks bytes up in a table; indices out of range give 0. */
export const vtbl = lookUp("vtbl", "0")
/** VTBX: looks bytes up in a table; indices out of range keep the destination. */
export const vtbx = lookUp("vtbx", "1")

/** VDUP (scalar): copies a scalar to all elements; the lowest bit set in imm4 gives the size. */
export const vdupScalar = (
  [
    { size: 0, imm: "lane3 1", lane: "lane3" },
    { size: 1, imm: "lane2 10", lane: "lane2" },
    { size: 2, imm: "lane1 100", lane: "lane1" },
  ] as const
).flatMap(({ size, imm, lane }) =>
  neon({
    name: `vdup{cond}.${8 << size}`,
    section: "A8.8.313",
    encoding: "T1/A1",
    u: "1",
    bits: `1 D 11 ${imm} Vd 11000 Q M 0 Vm`,
    args: `vd, Dm[${lane}]`,
    defined: areWhole("Vd"),
    semantics(b, f) {
      const by = b.shl(b.imm(f[lane]), b.i32(3 + size))
      const element = b.wrap(b.shrU(b.reg(D, f.Dm), b.extendU(by)))
      setVector(b, f.Q, f.Dd, b.op(`${SHAPES[size]}.splat`, element))
    },
  }),
)

// Immediates: VMOV and VMVN, VORR and VBIC (A7.4.6)

type Immediate = {
  readonly name: string
  readonly section: string
  readonly op: "0" | "1"
  readonly cmodes: readonly number[]
  readonly text: "modified8" | "modified16" | "modified32" | "modifiedFloat" | "merged16" | "merged32"
  readonly meaning: (b: Builder, immediate: Node, d: () => Node) => Node
}

/** Declares an instruction of an immediate that AdvSIMDExpandImm expands. */
const immediate = ({ name, section, op, cmodes, text, meaning }: Immediate): Instruction[] =>
  neon({
    name,
    section,
    encoding: "T1/A1",
    u: "i",
    bits: `1 D 000 imm3 Vd cmode 0 Q ${op} 1 imm4l`,
    args: `vd, ${text}`,
    where: { cmode: (cmode) => cmodes.includes(cmode) },
    defined: areWhole("Vd"),
    semantics(b, f) {
      const value = b.op("i32x4.splat", b.imm(f[text]))
      setVector(
        b,
        f.Q,
        f.Dd,
        meaning(b, value, () => getVector(b, f.Q, f.Dd)),
      )
    },
  })

const WORDS = [0, 2, 4, 6]
const HALFWORDS = [8, 10]
const odd = (cmodes: readonly number[]) => cmodes.map((cmode) => cmode + 1)
const itself = (_: Builder, value: Node) => value
const inverted = (b: Builder, value: Node) => b.op("v128.not", value)
const merged = (how: "or" | "andnot") => (b: Builder, value: Node, d: () => Node) => b.op(`v128.${how}`, d(), value)
const kinds = [
  { bits: "32", text: "modified32", mergedText: "merged32", plain: [...WORDS, 12, 13], merging: odd(WORDS) },
  { bits: "16", text: "modified16", mergedText: "merged16", plain: HALFWORDS, merging: odd(HALFWORDS) },
] as const

/** VMOV (immediate): writes an immediate to all elements. */
export const vmovImmediate = [
  ...kinds.flatMap(({ bits, text, plain }) =>
    immediate({ name: `vmov{cond}.i${bits}`, section: "A8.8.339", op: "0", cmodes: plain, text, meaning: itself }),
  ),
  ...immediate({
    name: "vmov{cond}.i8",
    section: "A8.8.339",
    op: "0",
    cmodes: [14],
    text: "modified8",
    meaning: itself,
  }),
  ...immediate({
    name: "vmov{cond}.f32",
    section: "A8.8.339",
    op: "0",
    cmodes: [15],
    text: "modifiedFloat",
    meaning: itself,
  }),
  ...neon({
    name: "vmov{cond}.i64",
    section: "A8.8.339",
    encoding: "T1/A1",
    u: "i",
    bits: "1 D 000 imm3 Vd 1110 0 Q 1 1 imm4l",
    args: "vd, byteMaskText",
    defined: areWhole("Vd"),
    semantics(b, f) {
      const bits = Array.from({ length: 16 }, (_, n) => 1n << BigInt(8 * n + (n & 7))).reduce((x, y) => x | y)
      const chosen = b.op("v128.and", b.op("i8x16.splat", b.imm(f.byteMask)), b.v128(bits))
      setVector(b, f.Q, f.Dd, new Elements(b, 0).op("ne", chosen, b.v128(0n)))
    },
  }),
]
/** VMVN (immediate): writes the complement of an immediate to all elements. */
export const vmvnImmediate = kinds.flatMap(({ bits, text, plain }) =>
  immediate({ name: `vmvn{cond}.i${bits}`, section: "A8.8.353", op: "1", cmodes: plain, text, meaning: inverted }),
)
/** VORR (immediate): sets the bits of an immediate in all elements. */
export const vorrImmediate = kinds.flatMap(({ bits, mergedText: text, merging }) =>
  immediate({
    name: `vorr{cond}.i${bits}`,
    section: "A8.8.359",
    op: "0",
    cmodes: merging,
    text,
    meaning: merged("or"),
  }),
)
/** VBIC (immediate): clears the bits of an immediate in all elements. */
export const vbicImmediate = kinds.flatMap(({ bits, mergedText: text, merging }) =>
  immediate({
    name: `vbic{cond}.i${bits}`,
    section: "A8.8.288",
    op: "1",
    cmodes: merging,
    text,
    meaning: merged("andnot"),
  }),
)
