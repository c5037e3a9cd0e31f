// Loads and stores of VFP registers (ARM DDI 0406C, A7.6; A8.8.332 VLDM, A8.8.333 VLDR, A8.8.367 VPOP, A8.8.368 VPUSH,
// A8.8.412 VSTM, A8.8.413 VSTR). Addresses must be multiples of four whatever the register's size.

import type { Builder, Node, Operand } from "../../ir/index.ts"
import type { FieldValues } from "../../isa/index.ts"
import { a32, t32 } from "../encoding.ts"
import { thumbBase } from "../memory/transfer.ts"
import { exposePc, getR, setR } from "../registers.ts"
import { checkVfpEnabled } from "./access.ts"
import {
  DOUBLE_PRECISION,
  encodingNames,
  isThumb,
  PRECISIONS,
  type Precision,
  type SharedEncoding,
  SINGLE_PRECISION,
  vfp,
} from "./encoding.ts"

const required = { align: "required" } as const
const isNotR15 = { rn: (r: number) => r !== 15 }
const bytesOf = (p: Precision): 4 | 8 => (p === DOUBLE_PRECISION ? 8 : 4)
/** Encodings T1 and A1 transfer doublewords, T2 and A2 words. */
const encodingOf = (p: Precision): SharedEncoding => (p === DOUBLE_PRECISION ? "T1/A1" : "T2/A2")

/** VLDR: loads a register from a base register and an offset. */
export const vldr = PRECISIONS.flatMap((p) =>
  vfp({
    name: "vldr{cond}",
    section: "A8.8.333",
    encoding: encodingOf(p),
    part: "with a base register",
    bits: `1101 u D 01 rn Vd 101${p.sz} imm8`,
    args: `${p.d}, at8x4`,
    where: isNotR15,
    semantics(b, f) {
      b.setReg(p.file, f[p.d], b.load(bytesOf(p), b.add(getR(b, f.rn), b.imm(f.offset8x4)), required))
    },
  }),
)

const literalOf = (p: Precision) => encodingNames({ encoding: encodingOf(p), part: "literal" })

/** VLDR (literal): loads a register from an offset to the PC. */
export const vldrLiteral = PRECISIONS.flatMap((p) => [
  a32({
    name: "vldr{cond}",
    section: "A8.8.333",
    encoding: literalOf(p).a32,
    bits: `cond 1101 u D 01 1111 Vd 101${p.sz} imm8`,
    args: `${p.d}, armPc8x4`,
    feature: "vfp",
    semantics(b, f) {
      checkVfpEnabled(b)
      const offset = b.add(b.imm(f.offset8x4), b.i32(8))
      b.setReg(p.file, f[p.d], b.load(bytesOf(p), b.add(b.pc(), offset), required))
    },
  }),
  t32({
    name: "vldr{cond}",
    section: "A8.8.333",
    encoding: literalOf(p).t32,
    bits: `1110 1101 u D 01 1111 Vd 101${p.sz} imm8`,
    args: `${p.d}, thumbPc8x4`,
    feature: "vfp",
    semantics(b, f) {
      checkVfpEnabled(b)
      const offset = b.add(b.imm(f.offset8x4), b.i32(4))
      b.setReg(p.file, f[p.d], b.load(bytesOf(p), b.add(thumbBase(b), offset), required))
    },
  }),
])

/** VSTR: stores a register to a base register and an offset. */
export const vstr = PRECISIONS.flatMap((p) =>
  vfp({
    name: "vstr{cond}",
    section: "A8.8.413",
    encoding: encodingOf(p),
    bits: `1101 u D 00 rn Vd 101${p.sz} imm8`,
    args: `${p.d}, at8x4`,
    unpredictable: (v) => v["rn"] === 15 && isThumb(v),
    semantics(b, f, set) {
      exposePc(b, f.pc, set)
      b.store(bytesOf(p), b.add(getR(b, f.rn), b.imm(f.offset8x4)), b.reg(p.file, f[p.d]), required)
    },
  }),
)

/** The registers of a block transfer, and the bytes by which it moves the base. */
type Extent = { readonly p: Precision; readonly list: Node; readonly first: Operand; readonly bytes: Node }

/** Direction of a block transfer; downwards it ends at the base. */
type Way = { readonly load: boolean; readonly down: boolean; readonly writeBack: boolean }

/** Does a block transfer. An empty list is UNPREDICTABLE, here undefined. The base is written last, so that loads can restart. */
function transfer(b: Builder, { p, list, first, bytes }: Extent, base: Operand | number, way: Way): void {
  b.if(b.eqz(list), () => b.raise("undefined"))
  const from = getR(b, base)
  const moved = way.down ? b.sub(from, bytes) : b.add(from, bytes)
  const start = way.down ? moved : from
  const shift = b.i32(p === DOUBLE_PRECISION ? 3 : 2)
  b.forEachBit(list, (register) => {
    const address = b.add(start, b.shl(b.sub(register, b.imm(first)), shift))
    if (way.load) b.setReg(p.file, register, b.load(bytesOf(p), address, required))
    else b.store(bytesOf(p), address, b.reg(p.file, register), required)
  })
  if (way.writeBack) setR(b, base, moved)
}

const lastDouble = (v: FieldValues) => 16 * v["D"]! + v["Vd"]! + v["imm7"]!

/** Register lists: S registers, D registers, and D registers as FLDMX has them, which skips one more word of memory. */
const LISTS = [
  {
    encoding: "T2/A2",
    tail: "Vd 1010 imm8",
    letters: ["v", ""],
    text: "singles",
    isBad: (v: FieldValues) => v["imm8"] === 0 || 2 * v["Vd"]! + v["D"]! + v["imm8"]! > 32,
    extent(b: Builder, f: ListFields): Extent {
      return { p: SINGLE_PRECISION, list: b.imm(f.singleList), first: f.Sd, bytes: b.imm(f.bytesOfSingles) }
    },
  },
  {
    encoding: "T1/A1",
    tail: "Vd 1011 imm7 0",
    letters: ["v", ""],
    text: "doubles",
    isBad: (v: FieldValues) => v["imm7"] === 0 || v["imm7"]! > 16 || lastDouble(v) > 32,
    extent: (b: Builder, f: ListFields) => doubles(b, f, 0),
  },
  {
    encoding: "T1/A1",
    tail: "Vd 1011 imm7 1",
    letters: ["f", "x"],
    text: "doubles",
    isBad: (v: FieldValues) => v["imm7"] === 0 || lastDouble(v) > 16,
    extent: (b: Builder, f: ListFields) => doubles(b, f, 4),
  },
] as const

type ListFields = {
  readonly [name in "Sd" | "Dd" | "singleList" | "doubleList" | "bytesOfSingles" | "bytesOfDoubles"]: Operand
}

function doubles(b: Builder, f: ListFields, more: number): Extent {
  const bytes = b.add(b.imm(f.bytesOfDoubles), b.i32(more))
  return { p: DOUBLE_PRECISION, list: b.imm(f.doubleList), first: f.Dd, bytes }
}

const blockTransfer = (name: "ldm" | "stm", section: string, l: 0 | 1) =>
  LISTS.flatMap(({ encoding, tail, letters: [v, x], text, isBad, extent }) => [
    ...vfp({
      name: `${v}${name}ia${x}{cond}`,
      section,
      encoding,
      bits: `1100 1 D w ${l} rn ${tail}`,
      args: `rn{w?!}, ${text}`,
      restartable: true,
      unpredictable: (values) => isBad(values) || (values["rn"] === 15 && (isThumb(values) || values["w"] === 1)),
      semantics(b, f, set) {
        exposePc(b, f.pc, set)
        transfer(b, extent(b, f), f.rn, { load: l === 1, down: false, writeBack: f.w === 1 })
      },
    }),
    ...vfp({
      name: `${v}${name}db${x}{cond}`,
      section,
      encoding,
      bits: `1101 0 D 1 ${l} rn ${tail}`,
      args: `rn!, ${text}`,
      restartable: true,
      unpredictable: (values) => isBad(values) || values["rn"] === 15,
      semantics(b, f) {
        transfer(b, extent(b, f), f.rn, { load: l === 1, down: true, writeBack: true })
      },
    }),
  ])

/** VLDM: loads consecutive registers, from addresses from the base upwards or downwards. */
export const vldm = blockTransfer("ldm", "A8.8.332", 1)
/** VSTM: stores consecutive registers, to addresses from the base upwards or downwards. */
export const vstm = blockTransfer("stm", "A8.8.412", 0)

type StackTransfer = {
  readonly name: string
  readonly section: string
  readonly bits: "1101 0 D 101101" | "1100 1 D 111101"
  readonly load: boolean
}

/** Declares block transfers whose base is the stack pointer; FLDMX and FSTMX have no such form. */
const stackTransfer = ({ name, section, bits, load }: StackTransfer) =>
  LISTS.filter(({ letters }) => letters[0] === "v").flatMap(({ encoding, tail, text, isBad, extent }) =>
    vfp({
      name: `${name}{cond}`,
      section,
      encoding,
      bits: `${bits} ${tail}`,
      args: text,
      restartable: true,
      unpredictable: isBad,
      semantics: (b, f) => transfer(b, extent(b, f), 13, { load, down: !load, writeBack: true }),
    }),
  )

/** VPUSH: stores consecutive registers on the stack. */
export const vpush = stackTransfer({ name: "vpush", section: "A8.8.368", bits: "1101 0 D 101101", load: false })
/** VPOP: loads consecutive registers from the stack. */
export const vpop = stackTransfer({ name: "vpop", section: "A8.8.367", bits: "1100 1 D 111101", load: true })
