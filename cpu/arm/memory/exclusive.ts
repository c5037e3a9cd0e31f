// Synchronization: exclusive accesses by the local monitor, and swaps (ARM DDI 0406C, A3.4, A8.8.32, A8.8.75 to
// A8.8.78, A8.8.212 to A8.8.215, A8.8.229).
//
// The monitor remembers one address; a store elsewhere by this CPU does not clear it, as the manual allows.

import type { Builder, Node, Operand } from "../../ir/index.ts"
import type { FieldValues } from "../../isa/index.ts"
import { a32, t32 } from "../encoding.ts"
import { raiseAlignmentFault } from "../exceptions.ts"
import { getR, setR } from "../registers.ts"
import { state } from "../state.ts"
import { oddOf } from "./transfer.ts"

const { E, EXCLUSIVE, EXCLUSIVE_ADDRESS } = state.files

type Bytes = 1 | 2 | 4

function mark(b: Builder, address: Node): void {
  b.set(EXCLUSIVE, b.i32(1))
  b.set(EXCLUSIVE_ADDRESS, address)
}

function loadExclusive(b: Builder, rt: Operand, address: Node, bytes: Bytes): void {
  const value = b.load(bytes, address, { align: "required" })
  mark(b, address)
  setR(b, rt, value)
}

/** A doubleword is exclusive as a whole: it needs more alignment than other accesses of 8 bytes. */
function ifDoublewordAligned(b: Builder, address: Node, write: boolean, body: () => void): void {
  b.if(b.and(address, b.i32(7)), () => raiseAlignmentFault(b, address, write), body)
}

/** LDREXD: the first register is the word at the lower address in either byte order. */
function loadExclusivePair(b: Builder, first: Operand, second: Operand | Node, address: Node): void {
  ifDoublewordAligned(b, address, false, () => {
    const value = b.load(8, address, { align: "required" })
    const low = b.wrap(value)
    const high = b.wrap(b.shrU(value, b.i64(32)))
    const swapped = b.get(E)
    mark(b, address)
    setR(b, first, b.select(swapped, high, low))
    setR(b, second, b.select(swapped, low, high))
  })
}

/**
 * Stores if the monitor has still marked the address; the status is 0 if it has. If it has not, no fault of the access is
 * detected either: the order is the implementation's to define (A3.4.5, ExclusiveMonitorsPass).
 */
function storeIfMarked(b: Builder, status: Operand, address: Node, store: () => void): void {
  const marked = b.and(b.get(EXCLUSIVE), b.eq(b.get(EXCLUSIVE_ADDRESS), address))
  b.if(marked, store)
  b.set(EXCLUSIVE, b.i32(0))
  setR(b, status, b.eqz(marked))
}

function storeExclusive(b: Builder, status: Operand, rt: Operand, address: Node, bytes: Bytes): void {
  const value = getR(b, rt)
  storeIfMarked(b, status, address, () => b.store(bytes, address, value, { align: "required" }))
}

function storeExclusivePair(
  b: Builder,
  status: Operand,
  [first, second]: [Operand, Operand | Node],
  address: Node,
): void {
  const x = b.extendU(getR(b, first))
  const y = b.extendU(getR(b, second))
  const swapped = b.get(E)
  const low = b.select(swapped, y, x)
  const high = b.select(swapped, x, y)
  const value = b.or(low, b.shl(high, b.i64(32)))
  storeIfMarked(b, status, address, () =>
    ifDoublewordAligned(b, address, true, () => b.store(8, address, value, { align: "required" })),
  )
}

const any15 = (v: FieldValues) => [v["rt"], v["rn"], v["rd"], v["rm"]].includes(15)
const any1315 = (v: FieldValues) => any15(v) || [v["rt"], v["rt2"], v["rd"]].includes(13) || v["rt2"] === 15
const badStatus = (v: FieldValues) => [v["rn"], v["rt"], v["rm"], v["rt2"]].includes(v["rd"])
const badStore = (v: FieldValues) => any15(v) || badStatus(v)
const badThumbStore = (v: FieldValues) => any1315(v) || badStatus(v)
const badPair = (v: FieldValues) => any15(v) || v["rt"] === 14
const badPairStore = (v: FieldValues) => any15(v) || v["rm"] === 14 || badStatus(v) || v["rd"] === v["rm"]! + 1
const isEven = { rt: (r: number) => (r & 1) === 0 }
const isEvenSource = { rm: (r: number) => (r & 1) === 0 }

/** A size of exclusive access: bits 22 to 21 of A32, bits 5 to 4 of T32, and sections of the load and the store. */
type Size = {
  readonly suffix: "" | "b" | "h" | "d"
  readonly a32: "00" | "10" | "11" | "01"
  readonly t32: "00" | "01" | "11"
  readonly bytes: Bytes
  readonly feature: "v6" | "v6k"
  readonly load: string
  readonly store: string
}

const WORD: Size = { suffix: "", a32: "00", t32: "00", bytes: 4, feature: "v6", load: "A8.8.75", store: "A8.8.212" }
const BYTE: Size = { suffix: "b", a32: "10", t32: "00", bytes: 1, feature: "v6k", load: "A8.8.76", store: "A8.8.213" }
const HALF: Size = { suffix: "h", a32: "11", t32: "01", bytes: 2, feature: "v6k", load: "A8.8.78", store: "A8.8.215" }

const a32LoadExclusive = ({ suffix, a32: size, bytes, feature, load }: Size) =>
  a32({
    encoding: "A1",
    section: load,
    name: `ldrex${suffix}{cond}`,
    bits: `cond 00011${size}1 rn rt (1111) 1001 (1111)`,
    args: "rt, [rn]",
    feature,
    unpredictable: any15,
    semantics: (b, f) => loadExclusive(b, f.rt, getR(b, f.rn), bytes),
  })

const a32StoreExclusive = ({ suffix, a32: size, bytes, feature, store }: Size) =>
  a32({
    encoding: "A1",
    section: store,
    name: `strex${suffix}{cond}`,
    bits: `cond 00011${size}0 rn rd (1111) 1001 rm`,
    args: "rd, rm, [rn]",
    feature,
    unpredictable: badStore,
    semantics: (b, f) => storeExclusive(b, f.rd, f.rm, getR(b, f.rn), bytes),
  })

/** T32 loads of bytes and halfwords. */
const t32LoadExclusive = ({ suffix, t32: size, bytes, load }: Size) =>
  t32({
    encoding: "T1",
    section: load,
    name: `ldrex${suffix}{cond}`,
    bits: `111010001101 rn rt (1111) 01${size} (1111)`,
    args: "rt, [rn]",
    feature: "v7",
    unpredictable: any1315,
    semantics: (b, f) => loadExclusive(b, f.rt, getR(b, f.rn), bytes),
  })

/** T32 stores of bytes and halfwords. */
const t32StoreExclusive = ({ suffix, t32: size, bytes, store }: Size) =>
  t32({
    encoding: "T1",
    section: store,
    name: `strex${suffix}{cond}`,
    bits: `111010001100 rn rt (1111) 01${size} rd`,
    args: "rd, rt, [rn]",
    feature: "v7",
    unpredictable: badThumbStore,
    semantics: (b, f) => storeExclusive(b, f.rd, f.rt, getR(b, f.rn), bytes),
  })

/** LDREX: loads a word and marks its address for STREX. A8.8.75 */
export const ldrex = [
  a32LoadExclusive(WORD),
  t32({
    encoding: "T1",
    section: WORD.load,
    name: "ldrex{cond}",
    bits: "111010000101 rn rt (1111) imm8",
    args: "rt, up8x4",
    feature: "v6t2",
    unpredictable: any1315,
    semantics: (b, f) => loadExclusive(b, f.rt, b.add(getR(b, f.rn), b.imm(f.imm8x4)), 4),
  }),
]

/** STREX: stores a word if its address is still marked, and tells whether it was. A8.8.212 */
export const strex = [
  a32StoreExclusive(WORD),
  t32({
    encoding: "T1",
    section: WORD.store,
    name: "strex{cond}",
    bits: "111010000100 rn rt rd imm8",
    args: "rd, rt, up8x4",
    feature: "v6t2",
    unpredictable: badThumbStore,
    semantics: (b, f) => storeExclusive(b, f.rd, f.rt, b.add(getR(b, f.rn), b.imm(f.imm8x4)), 4),
  }),
]

/** LDREXB: LDREX of a byte. A8.8.76 */
export const ldrexb = [a32LoadExclusive(BYTE), t32LoadExclusive(BYTE)]

/** STREXB: STREX of a byte. A8.8.213 */
export const strexb = [a32StoreExclusive(BYTE), t32StoreExclusive(BYTE)]

/** LDREXH: LDREX of a halfword. A8.8.78 */
export const ldrexh = [a32LoadExclusive(HALF), t32LoadExclusive(HALF)]

/** STREXH: STREX of a halfword. A8.8.215 */
export const strexh = [a32StoreExclusive(HALF), t32StoreExclusive(HALF)]

/** LDREXD: LDREX of a doubleword, to two registers. A8.8.77 */
export const ldrexd = [
  a32({
    encoding: "A1",
    section: "A8.8.77",
    name: "ldrexd{cond}",
    bits: "cond 00011011 rn rt (1111) 1001 (1111)",
    args: "evenPair, [rn]",
    where: isEven,
    feature: "v6k",
    unpredictable: badPair,
    semantics: (b, f) => loadExclusivePair(b, f.rt, oddOf(b, f.rt), getR(b, f.rn)),
  }),
  t32({
    encoding: "T1",
    section: "A8.8.77",
    name: "ldrexd{cond}",
    bits: "111010001101 rn rt rt2 0111 (1111)",
    args: "rt, rt2, [rn]",
    feature: "v7",
    unpredictable: (v) => any1315(v) || v["rt"] === v["rt2"],
    semantics: (b, f) => loadExclusivePair(b, f.rt, f.rt2, getR(b, f.rn)),
  }),
]

/** STREXD: STREX of a doubleword, from two registers. A8.8.214 */
export const strexd = [
  a32({
    encoding: "A1",
    section: "A8.8.214",
    name: "strexd{cond}",
    bits: "cond 00011010 rn rd (1111) 1001 rm",
    args: "rd, evenSource, [rn]",
    where: isEvenSource,
    feature: "v6k",
    unpredictable: badPairStore,
    semantics: (b, f) => storeExclusivePair(b, f.rd, [f.rm, oddOf(b, f.rm)], getR(b, f.rn)),
  }),
  t32({
    encoding: "T1",
    section: "A8.8.214",
    name: "strexd{cond}",
    bits: "111010001100 rn rt rt2 0111 rd",
    args: "rd, rt, rt2, [rn]",
    feature: "v7",
    unpredictable: badThumbStore,
    semantics: (b, f) => storeExclusivePair(b, f.rd, [f.rt, f.rt2], getR(b, f.rn)),
  }),
]

const clear = (b: Builder) => b.set(EXCLUSIVE, b.i32(0))

/** CLREX: clears the mark of LDREX. A8.8.32 */
export const clrex = [
  a32({
    encoding: "A1",
    section: "A8.8.32",
    name: "clrex",
    bits: "111101010111 (11111111) (0000) 0001 (1111)",
    feature: "v6k",
    semantics: clear,
  }),
  t32({
    encoding: "T1",
    section: "A8.8.32",
    name: "clrex{cond}",
    bits: "111100111011 (1111) 10 (0) 0 (1111) 0010 (1111)",
    feature: "v7",
    semantics: clear,
  }),
]

/** SWP, SWPB: exchange a register with memory, by two accesses that nothing on this CPU comes between. A8.8.229 */
export const swp = a32({
  encoding: "A1",
  section: "A8.8.229",
  name: "swp{b?b}{cond}",
  bits: "cond 00010 b 00 rn rt (0000) 1001 rm",
  args: "rt, rm, [rn]",
  unpredictable: (v) => any15(v) || v["rn"] === v["rm"] || v["rn"] === v["rt"],
  semantics(b, f) {
    const address = getR(b, f.rn)
    const bytes = f.b ? 1 : 4
    const old = b.load(bytes, address, { align: "required" })
    b.store(bytes, address, getR(b, f.rm), { align: "required" })
    setR(b, f.rt, old)
  },
})
