// Element and structure loads and stores (ARM DDI 0406C, A7.7; A8.8.320 to A8.8.331 VLDn, A8.8.404 to A8.8.411 VSTn).
//
// Memory is accessed by doublewords, whose elements are then sorted out; while data is big-endian, that reverses the
// elements of each doubleword, which is undone first. An instruction loads everything before it writes a register.

import { SCTLR_A } from "../../../mmu/arm/sctlr.ts"
import type { Builder, Node, Operand } from "../../ir/index.ts"
import type { FieldValues, Instruction } from "../../isa/index.ts"
import { raiseAlignmentFault } from "../exceptions.ts"
import { getR, setR } from "../registers.ts"
import { D, S, state } from "../state.ts"
import { cp15Slot } from "../system/cp15-storage.ts"
import { alignmentOfAll, singleElement } from "./element-text.ts"
import { neonMemory } from "./encoding.ts"
import { BYTES, high, joinHalves, low, numberedFrom, SHAPES } from "./vector.ts"

const { CP15, E } = state.files

/** The alignment is checked once, before the first access. */
const unchecked = { align: "unchecked" } as const

type Address = { readonly rn: Operand; readonly rm: Operand }

/** Takes an alignment fault if the address is no multiple of the hint or, without a hint (0) while SCTLR.A is 1, of an element. */
function checkAlignment(b: Builder, address: Node, hint: Node, bytes: Node, write: boolean): void {
  const control = b.and(b.reg(CP15, cp15Slot("SCTLR")), b.i32(SCTLR_A))
  const wanted = b.select(hint, hint, b.select(control, bytes, b.i32(1)))
  b.if(b.and(address, b.sub(wanted, b.i32(1))), () => raiseAlignmentFault(b, address, write))
}

/** Adds the bytes transferred (rm is 13) or a register to the base, unless rm is 15. */
function writeBack(b: Builder, { rn, rm }: Address, base: Node, bytes: Node): void {
  const index = b.imm(rm)
  const moved = b.add(base, b.select(b.eq(index, b.i32(13)), bytes, getR(b, rm)))
  b.if(b.ne(index, b.i32(15)), () => setR(b, rn, moved))
}

const badBase = (v: FieldValues) => v["rn"] === 15
/** Whether a list reaches past the last register. */
const reachesPast = (registers: (v: FieldValues) => number) => (v: FieldValues) =>
  badBase(v) || firstRegister(v) + registers(v) > 32
const firstRegister = (v: FieldValues): number => (v["D"]! << 4) | v["Vd"]!

/** Sections of VLDn and VSTn, from one element to four: multiple structures, one lane, all lanes (loads only). */
const SECTIONS = {
  load: {
    multiple: ["A8.8.320", "A8.8.323", "A8.8.326", "A8.8.329"],
    oneLane: ["A8.8.321", "A8.8.324", "A8.8.327", "A8.8.330"],
    allLanes: ["A8.8.322", "A8.8.325", "A8.8.328", "A8.8.331"],
  },
  store: {
    multiple: ["A8.8.404", "A8.8.406", "A8.8.408", "A8.8.410"],
    oneLane: ["A8.8.405", "A8.8.407", "A8.8.409", "A8.8.411"],
  },
} as const

// Multiple structures

/** An encoding of a transfer of `times` structures of `elements` elements. */
type Multiple = {
  readonly elements: 1 | 2 | 3 | 4
  readonly times: number
  readonly type: string
  readonly text: string
  readonly hints: number
  /** Distance of the registers of a structure; with 2, those of the next structure stand between. */
  readonly stride: 1 | 2 | "spacing"
}

const MULTIPLES: readonly Multiple[] = [
  { elements: 1, times: 1, type: "0111", text: "multiple1x1", hints: 1, stride: 1 },
  { elements: 1, times: 2, type: "1010", text: "multiple1x2", hints: 2, stride: 1 },
  { elements: 1, times: 3, type: "0110", text: "multiple1x3", hints: 1, stride: 1 },
  { elements: 1, times: 4, type: "0010", text: "multiple1x4", hints: 3, stride: 1 },
  { elements: 2, times: 1, type: "100 spacing", text: "multiple2x2", hints: 2, stride: "spacing" },
  { elements: 2, times: 2, type: "0011", text: "multiple2x4", hints: 3, stride: 2 },
  { elements: 3, times: 1, type: "010 spacing", text: "multiple3x3", hints: 1, stride: "spacing" },
  { elements: 4, times: 1, type: "000 spacing", text: "multiple4x4", hints: 3, stride: "spacing" },
]

/** Doublewords in pairs, as vectors; an odd last one fills both halves. */
function paired(b: Builder, words: readonly Node[]): Node[] {
  const pairs: Node[] = []
  for (let n = 0; n < words.length; n += 2) pairs.push(joinHalves(b, words[n]!, words[n + 1] ?? words[n]!))
  return pairs
}

/** The first `count` doublewords of vectors. */
const unpaired = (b: Builder, pairs: readonly Node[], count: number): Node[] =>
  pairs.flatMap((pair) => [low(b, pair), high(b, pair)]).slice(0, count)

/** Reverses the elements of each doubleword if data is big-endian, which turns the order of memory into that of registers and back. */
function ordered(b: Builder, size: Node, vectors: readonly Node[]): Node[] {
  const results = vectors.map((vector) => b.variable(vector))
  b.if(b.get(E), () => {
    const flip = b.op("i8x16.splat", b.sub(b.i32(8), b.shl(b.i32(1), size)))
    const indices = b.op("v128.xor", b.v128(BYTES), flip)
    for (const result of results) b.assign(result, b.op("i8x16.swizzle", b.read(result), indices))
  })
  return results.map((result) => b.read(result))
}

/** Numbers in memory of the bytes of a register, where the elements of `count` registers alternate. */
function bytesOfRegister(count: number, register: number, size: number): number[] {
  const bytes = 1 << size
  return Array.from({ length: 8 }, (_, n) => (count * (n >> size) + register) * bytes + (n & (bytes - 1)))
}

/** Numbers in the registers, eight bytes to each, of the bytes of memory. */
function bytesInMemory(count: number, size: number): number[] {
  return Array.from({ length: 8 * count }, (_, at) => {
    const element = at >> size
    return 8 * (element % count) + (Math.floor(element / count) << size) + (at & ((1 << size) - 1))
  })
}

/** Vectors of bytes picked by their numbers in one vector or two. */
function picked(b: Builder, from: readonly Node[], bytes: readonly number[]): Node[] {
  const vectors: Node[] = []
  for (let at = 0; at < bytes.length; at += 16) {
    const part = Array.from({ length: 16 }, (_, n) => bytes[at + n] ?? 0)
    vectors.push(b.shuffle(from[0]!, from[1] ?? from[0]!, part))
  }
  return vectors
}

/** The registers of an instruction, in the order of structures. */
function registersOf(b: Builder, m: Multiple, first: Operand, spacing: Operand | undefined): Node[] {
  const step = m.stride === "spacing" ? b.add(b.imm(spacing!), b.i32(1)) : b.i32(m.stride)
  return Array.from({ length: m.times }, (_, time) =>
    Array.from({ length: m.elements }, (__, element) =>
      numberedFrom(b, first, b.add(b.mul(step, b.i32(element)), b.i32(time))),
    ),
  ).flat()
}

/** Declares a transfer of multiple structures. */
const multiple = (m: Multiple, load: boolean): Instruction[] =>
  neonMemory({
    name: `${load ? "vld" : "vst"}${m.elements}{cond}.{size}`,
    section: SECTIONS[load ? "load" : "store"].multiple[m.elements - 1]!,
    encoding: "T1/A1",
    part: `type ${m.type}`,
    bits: `0 D ${load ? 1 : 0}0 rn Vd ${m.type} size align rm`,
    args: m.text,
    where: { align: (align) => align <= m.hints, size: (size) => size < 3 || m.elements === 1 },
    restartable: !load,
    unpredictable: reachesPast((v) => {
      const step = m.stride === "spacing" ? 1 + v["spacing"]! : m.stride
      return (m.elements - 1) * step + m.times
    }),
    semantics(b, f) {
      const base = getR(b, f.rn)
      const align = b.imm(f.align)
      const size = b.imm(f.elementSize)
      const hint = b.select(align, b.shl(b.i32(4), align), b.i32(0))
      checkAlignment(b, base, hint, b.shl(b.i32(1), size), !load)
      const count = m.elements * m.times
      const at = (n: number) => b.add(base, b.i32(8 * n))
      const registers = registersOf(b, m, f.Dd, m.stride === "spacing" ? f.spacing : undefined)
      const each = (work: (structures: Node[], from: number) => Node[], all: Node[]) =>
        m.elements === 1
          ? all
          : Array.from({ length: m.times }, (_, n) => work(all.slice(n * m.elements, (n + 1) * m.elements), n)).flat()
      if (load) {
        const words = Array.from({ length: count }, (_, n) => b.load(8, at(n), unchecked))
        const inOrder = unpaired(b, ordered(b, size, paired(b, words)), count)
        const values = each((structure) => {
          const bytes = structure.flatMap((_, n) => bytesOfRegister(m.elements, n, f.size))
          return unpaired(b, picked(b, paired(b, structure), bytes), m.elements)
        }, inOrder)
        for (const [n, value] of values.entries()) b.setReg(D, registers[n]!, value)
      } else {
        const contents = registers.map((register) => b.reg(D, register))
        const sorted = each((structure) => {
          return unpaired(b, picked(b, paired(b, structure), bytesInMemory(m.elements, f.size)), m.elements)
        }, contents)
        const words = unpaired(b, ordered(b, size, paired(b, sorted)), count)
        for (const [n, word] of words.entries()) b.store(8, at(n), word, unchecked)
      }
      writeBack(b, f, base, b.i32(8 * count))
    },
  })

/** VLD1 to VLD4 (multiple structures): load structures, each element to a register of its own. */
export const vldMultiple = MULTIPLES.flatMap((m) => multiple(m, true))
/** VST1 to VST4 (multiple structures): store structures, each element from a register of its own. */
export const vstMultiple = MULTIPLES.flatMap((m) => multiple(m, false))

// One element of each register

const COUNTS = [1, 2, 3, 4] as const
const ELEMENT_SIZES = [0, 1, 2] as const
type Size = (typeof ELEMENT_SIZES)[number]
const bytesOf = (size: Size): 1 | 2 | 4 => [1, 2, 4][size] as 1 | 2 | 4
const binary2 = (n: number): string => n.toString(2).padStart(2, "0")

/** An element of a doubleword, as an i32 whose upper bits are any; and the doubleword with another element there. */
export function getElement(b: Builder, size: Size, register: Node, lane: Node): Node {
  if (size === 2) return b.reg(S, b.add(b.shl(register, b.i32(1)), lane))
  const by = b.extendU(b.shl(lane, b.i32(3 + size)))
  return b.wrap(b.shrU(b.reg(D, register), by))
}
export function setElement(b: Builder, size: Size, register: Node, lane: Node, value: Node): void {
  if (size === 2) {
    b.setReg(S, b.add(b.shl(register, b.i32(1)), lane), value)
    return
  }
  const by = b.extendU(b.shl(lane, b.i32(3 + size)))
  const mask = b.i64((1n << BigInt(8 << size)) - 1n)
  const kept = b.and(b.reg(D, register), b.not(b.shl(mask, by)))
  b.setReg(D, register, b.or(kept, b.shl(b.and(b.extendU(value), mask), by)))
}

/** Bytes of the alignment that index_align asks for; 0 for none. */
function hintOf(b: Builder, count: number, size: Size, element: Node): Node {
  if (count === 3 || (count === 1 && size === 0)) return b.i32(0)
  const bits = b.and(element, b.i32(size === 2 && count !== 2 ? 3 : 1))
  const bytes = count === 4 && size === 2 ? b.shl(b.i32(4), bits) : b.i32(count << size)
  return b.select(bits, bytes, b.i32(0))
}

/** Declares a transfer of one structure to or from one lane. */
const single = (count: (typeof COUNTS)[number], size: Size, load: boolean): Instruction[] =>
  neonMemory({
    name: `${load ? "vld" : "vst"}${count}{cond}.${8 << size}`,
    section: SECTIONS[load ? "load" : "store"].oneLane[count - 1]!,
    encoding: "T1/A1",
    bits: `1 D ${load ? 1 : 0}0 rn Vd ${binary2(size)} ${binary2(count - 1)} element rm`,
    args: `single${count}of${size}`,
    where: { element: (element) => singleElement(count, size, element) !== undefined },
    // Past the last register it is UNPREDICTABLE, and in QEMU undefined.
    defined: (v) => firstRegister(v) + (count - 1) * singleElement(count, size, v["element"]!)!.stride < 32,
    restartable: !load,
    unpredictable: badBase,
    semantics(b, f) {
      const base = getR(b, f.rn)
      const element = b.imm(f.element)
      const bytes = bytesOf(size)
      checkAlignment(b, base, hintOf(b, count, size, element), b.i32(bytes), !load)
      const lane = b.shrU(element, b.i32(size + 1))
      const isSpaced = size === 0 ? b.i32(0) : b.and(b.shrU(element, b.i32(size)), b.i32(1))
      const step = b.add(isSpaced, b.i32(1))
      const registers = Array.from({ length: count }, (_, n) => numberedFrom(b, f.Dd, b.mul(step, b.i32(n))))
      const at = (n: number) => b.add(base, b.i32(bytes * n))
      if (load) {
        const values = registers.map((_, n) => b.load(bytes, at(n), unchecked))
        for (const [n, register] of registers.entries()) setElement(b, size, register, lane, values[n]!)
      } else {
        const values = registers.map((register) => getElement(b, size, register, lane))
        for (const [n, value] of values.entries()) b.store(bytes, at(n), value, unchecked)
      }
      writeBack(b, f, base, b.i32(bytes * count))
    },
  })

/** VLD1 to VLD4 (single structure to one lane): load one element of each register. */
export const vldSingle = COUNTS.flatMap((count) => ELEMENT_SIZES.flatMap((size) => single(count, size, true)))
/** VST1 to VST4 (single structure from one lane): store one element of each register. */
export const vstSingle = COUNTS.flatMap((count) => ELEMENT_SIZES.flatMap((size) => single(count, size, false)))

// One structure to all elements

/** Declares a load of one structure to all lanes. */
const toAll = (count: (typeof COUNTS)[number], size: 0 | 1 | 2 | 3): Instruction[] =>
  neonMemory({
    name: `vld${count}{cond}.${size === 3 ? 32 : 8 << size}`,
    section: SECTIONS.load.allLanes[count - 1]!,
    encoding: "T1/A1",
    part: `size ${binary2(size)}`,
    bits: `1 D 10 rn Vd 11 ${binary2(count - 1)} ${binary2(size)} spacing align1 rm`,
    args: `all${count}of${size}`,
    where: {
      align1: (align) => (size === 3 ? align === 1 : align === 0 || !(count === 3 || (count === 1 && size === 0))),
    },
    unpredictable: reachesPast((v) => (count === 1 ? 1 + v["spacing"]! : (count - 1) * (1 + v["spacing"]!) + 1)),
    semantics(b, f) {
      const base = getR(b, f.rn)
      const element = size === 3 ? 2 : size
      const bytes = bytesOf(element)
      const hint = b.select(b.imm(f.align1), b.i32(alignmentOfAll(count, size)), b.i32(0))
      checkAlignment(b, base, hint, b.i32(bytes), false)
      const values = Array.from({ length: count }, (_, n) =>
        b.load(bytes, b.add(base, b.i32(bytes * n)), unchecked),
      ).map((value) => low(b, b.op(`${SHAPES[element]}.splat`, value)))
      const spacing = b.imm(f.spacing)
      if (count === 1) {
        b.setReg(D, f.Dd, values[0]!)
        b.if(spacing, () => b.setReg(D, numberedFrom(b, f.Dd, b.i32(1)), values[0]!))
      } else {
        const step = b.add(spacing, b.i32(1))
        for (const [n, value] of values.entries()) b.setReg(D, numberedFrom(b, f.Dd, b.mul(step, b.i32(n))), value)
      }
      writeBack(b, f, base, b.i32(bytes * count))
    },
  })

/** VLD1 to VLD4 (single structure to all lanes): load one structure to every element of its registers. */
export const vldAll = [
  ...COUNTS.flatMap((count) => ELEMENT_SIZES.flatMap((size) => toAll(count, size))),
  ...toAll(4, 3),
]
