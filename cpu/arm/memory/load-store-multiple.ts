// Block transfers (ARM DDI 0406C, A8.8.57 to A8.8.61, A8.8.131 to A8.8.133, A8.8.199 to A8.8.202; B9.3.5, B9.3.6,
// B9.3.17).
//
// Registers are transferred lowest first, from the lowest address up. A load writes them as it goes and can be started
// again after an abort, as long as its base is intact: the base comes last, by write-back or by its own loaded value.

import type { Builder, Node, Operand } from "../../ir/index.ts"
import type { FieldValues } from "../../isa/index.ts"
import { a32, t16, t32 } from "../encoding.ts"
import { returnFromException } from "../exceptions.ts"
import { A32, exposePc, getR, setR } from "../registers.ts"
import { userRegister } from "../system/modes.ts"
import { loadWritePC } from "./transfer.ts"

const required = { align: "required" } as const
const isList = { list: (list: number) => list !== 0 }
const isList15 = { list15: (list: number) => list !== 0 }
const isList8 = { list8: (list: number) => list !== 0 }
/** GNU and the manual write a push or pop of one register as a single store or load. */
const isMany = { list: (list: number) => (list & (list - 1)) !== 0 }
const isMany15 = { list15: isMany.list }

/** What a transfer does to its base: where it starts, and how far it moves the base. */
type Extent = { readonly start: Node; readonly moved: Node }

/** From the packed offsets of an A32 encoding. */
function packed(b: Builder, base: Node, block: Operand): Extent {
  const offsets = b.imm(block)
  const start = b.add(base, b.shrS(b.shl(offsets, b.i32(16)), b.i32(16)))
  return { start, moved: b.add(base, b.shrS(offsets, b.i32(16))) }
}

const bytesOf = (b: Builder, list: Node): Node => b.shl(b.popcnt(list), b.i32(2))

/** Increment after, and decrement before. */
function ascending(b: Builder, base: Node, list: Node, more = 0): Extent {
  return { start: base, moved: b.add(base, b.add(bytesOf(b, list), b.i32(4 * more))) }
}
function descending(b: Builder, base: Node, list: Node, more = 0): Extent {
  const start = b.sub(b.sub(base, bytesOf(b, list)), b.i32(4 * more))
  return { start, moved: start }
}

/** Loads the registers of a list, and gives the address after them. */
function loadList(b: Builder, list: Node, start: Node, put: (register: Node, value: Node) => void): Node {
  return b.foldBits(list, start, (register, address) => {
    put(register, b.load(4, address, required))
    return b.add(address, b.i32(4))
  })
}

/** Stores the registers of a list. */
function storeList(b: Builder, list: Node, start: Node, value: (register: Node) => Node): void {
  b.foldBits(list, start, (register, address) => {
    b.store(4, address, value(register), required)
    return b.add(address, b.i32(4))
  })
}

/** A block transfer. */
type Multiple = {
  readonly base: Operand | number
  readonly list: Node
  readonly extent: Extent
  readonly writeBack: number
}

/** LDM. `baseLoaded` tells that the list has the base, `pc` that r15 comes after the list. */
function loadMultiple(b: Builder, { base, list, extent, writeBack }: Multiple, baseLoaded: number, pc: boolean): void {
  const put = (register: Node, value: Node) => setR(b, register, value)
  const numberOfBase = typeof base === "number" ? b.i32(base) : b.imm(base)
  const loadedBase = baseLoaded ? b.variable(getR(b, base)) : undefined
  const end = loadList(b, list, extent.start, (register, value) => {
    if (!loadedBase) return put(register, value)
    b.if(
      b.eq(register, numberOfBase),
      () => b.assign(loadedBase, value),
      () => put(register, value),
    )
  })
  const target = pc ? b.load(4, end, required) : undefined
  if (loadedBase) setR(b, base, b.read(loadedBase))
  else if (writeBack) setR(b, base, extent.moved)
  if (target) loadWritePC(b, target)
}

/** STM. A base in the list is stored as it was. */
function storeMultiple(b: Builder, { base, list, extent, writeBack }: Multiple): void {
  storeList(b, list, extent.start, (register) => getR(b, register))
  if (writeBack) setR(b, base, extent.moved)
}

const suffixes = "{u?i:d}{p?b:a}"
const badLoad = (v: FieldValues) => v["rn"] === 15 || (v["w"] === 1 && ((v["list15"]! >> v["rn"]!) & 1) === 1)
// The value stored for a base that is written back is UNKNOWN unless it is the first.
const badStore = (v: FieldValues) =>
  v["rn"] === 15 || (v["w"] === 1 && ((v["list"]! >> v["rn"]!) & 1) === 1 && (v["list"]! & ((1 << v["rn"]!) - 1)) !== 0)
const onlyOne = (list: number) => (list & (list - 1)) === 0
const badThumbLoad = (v: FieldValues) => badLoad(v) || ((v["list15"]! >> 13) & 1) === 1
const badThumbStore = (v: FieldValues) => {
  const list = v["list"]!
  return v["rn"] === 15 || onlyOne(list) || (list & 0xa000) !== 0 || (v["w"] === 1 && ((list >> v["rn"]!) & 1) === 1)
}

/** Lists of loads: r15, which comes last, makes a load a branch. */
const LISTS = [
  { bit: "0", hasPc: false, registers: "registers15", where: isList15, part: "without PC" },
  { bit: "1", hasPc: true, registers: "registers15pc", where: {}, part: "with PC" },
] as const

/** The two modes that Thumb has, with the bits that their encodings begin with. */
const INCREMENT_AFTER = { mode: "ia", width: ".w", bits: "1110100010", extent: ascending } as const
const DECREMENT_BEFORE = { mode: "db", width: "", bits: "1110100100", extent: descending } as const
type ThumbMode = typeof INCREMENT_AFTER | typeof DECREMENT_BEFORE

type ListFields = { readonly rn: Operand; readonly list15: Operand; readonly w: number; readonly baseLoaded15: number }

/** LDM to a list of 15 registers; a base that is loaded is not written back. */
function loadList15(b: Builder, f: ListFields, hasPc: boolean, extentOf: (list: Node) => Extent): void {
  const list = b.imm(f.list15)
  const { baseLoaded15 } = f
  const writeBack = baseLoaded15 ? 0 : f.w
  loadMultiple(b, { base: f.rn, list, extent: extentOf(list), writeBack }, baseLoaded15, hasPc)
}

function t32LoadMultiple({ mode, width, bits, extent }: ThumbMode, encoding: "T1" | "T2", section: string) {
  return LISTS.map(({ bit, hasPc, registers, where, part }) =>
    t32({
      encoding: `${encoding}, ${part}`,
      section,
      name: `ldm${mode}{cond}${width}`,
      bits: `${bits} w 1 rn ${bit} list15`,
      args: `rn{w?!}, ${registers}`,
      where,
      feature: "v6t2",
      restartable: true,
      unpredictable: (v) => badThumbLoad(v) || (hasPc ? v["list15"] === 0 : onlyOne(v["list15"]!)),
      semantics: (b, f) => loadList15(b, f, hasPc, (list) => extent(b, getR(b, f.rn), list, hasPc ? 1 : 0)),
    }),
  )
}

/** LDM: loads registers from consecutive words. A8.8.57 to A8.8.61 */
export const ldm = [
  ...LISTS.map(({ bit, hasPc, registers, where, part }) =>
    a32({
      encoding: `A1, ${part}`,
      section: "A8.8.58, A8.8.59, A8.8.60, A8.8.61",
      name: `ldm${suffixes}{cond}`,
      bits: `cond 100 p u 0 w 1 rn ${bit} list15`,
      args: `rn{w?!}, ${registers}`,
      where,
      restartable: true,
      unpredictable: badLoad,
      semantics: (b, f) => loadList15(b, f, hasPc, () => packed(b, getR(b, f.rn), hasPc ? f.block15pc : f.block15)),
    }),
  ),
  t16({
    encoding: "T1",
    section: "A8.8.57",
    name: "ldmia{cond}",
    bits: "11001 ln list8",
    args: "lowLoadMultiple",
    where: isList8,
    restartable: true,
    semantics(b, f) {
      const list = b.imm(f.list8)
      const { baseLoaded8 } = f
      const extent = ascending(b, getR(b, f.ln), list)
      loadMultiple(b, { base: f.ln, list, extent, writeBack: 1 - baseLoaded8 }, baseLoaded8, false)
    },
  }),
  // With write-back to the stack pointer it is encoding T2 of POP, too.
  ...t32LoadMultiple(INCREMENT_AFTER, "T2", "A8.8.57, A8.8.131"),
  ...t32LoadMultiple(DECREMENT_BEFORE, "T1", "A8.8.60"),
]

function popList(b: Builder, list: Node, hasPc: boolean): void {
  const extent = ascending(b, getR(b, 13), list, hasPc ? 1 : 0)
  loadMultiple(b, { base: 13, list, extent, writeBack: 1 }, 0, hasPc)
}

const hasSp15 = (v: FieldValues) => ((v["list15"]! >> 13) & 1) === 1

/** POP: loads registers from the stack, and frees what they take. A8.8.131, A8.8.132 */
export const pop = [
  ...LISTS.map(({ bit, hasPc, registers, part }) =>
    a32({
      encoding: `A1, ${part}`,
      section: "A8.8.132",
      name: "pop{cond}",
      bits: `cond 100010111101 ${bit} list15`,
      args: registers,
      where: hasPc ? isList15 : isMany15,
      restartable: true,
      unpredictable: hasSp15,
      semantics: (b, f) => popList(b, b.imm(f.list15), hasPc),
    }),
  ),
  ...LISTS.map(({ bit, hasPc, part }) =>
    t16({
      encoding: `T1, ${part}`,
      section: "A8.8.131",
      name: "pop{cond}",
      bits: `1011110${bit} list8`,
      args: hasPc ? "popRegistersPc" : "popRegisters",
      ...(!hasPc && { where: isList8 }),
      restartable: true,
      semantics: (b, f) => popList(b, b.imm(f.list8), hasPc),
    }),
  ),
]

function t32StoreMultiple(
  { mode, width, bits, extent }: ThumbMode,
  printed: { encoding: "T2" | "T1/T2"; section: string },
) {
  return t32({
    ...printed,
    name: `stm${mode}{cond}${width}`,
    bits: `${bits} w 0 rn list`,
    args: "rn{w?!}, registers16",
    where: isList,
    feature: "v6t2",
    restartable: true,
    unpredictable: badThumbStore,
    semantics(b, f) {
      const list = b.imm(f.list)
      storeMultiple(b, { base: f.rn, list, extent: extent(b, getR(b, f.rn), list), writeBack: f.w })
    },
  })
}

/** STM: stores registers to consecutive words. A8.8.199 to A8.8.202 */
export const stm = [
  a32({
    encoding: "A1",
    section: "A8.8.199, A8.8.200, A8.8.201, A8.8.202",
    name: `stm${suffixes}{cond}`,
    bits: "cond 100 p u 0 w 0 rn list",
    args: "rn{w?!}, registers16",
    where: isList,
    restartable: true,
    unpredictable: badStore,
    semantics(b, f) {
      exposePc(b, f.pcStored, A32)
      const extent = packed(b, getR(b, f.rn), f.block16)
      storeMultiple(b, { base: f.rn, list: b.imm(f.list), extent, writeBack: f.w })
    },
  }),
  t16({
    encoding: "T1",
    section: "A8.8.199",
    name: "stmia{cond}",
    bits: "11000 ln list8",
    args: "ln!, registers8",
    where: isList8,
    restartable: true,
    unpredictable: (v) => ((v["list8"]! >> v["ln"]!) & 1) === 1 && (v["list8"]! & ((1 << v["ln"]!) - 1)) !== 0,
    semantics(b, f) {
      const list = b.imm(f.list8)
      storeMultiple(b, { base: f.ln, list, extent: ascending(b, getR(b, f.ln), list), writeBack: 1 })
    },
  }),
  t32StoreMultiple(INCREMENT_AFTER, { encoding: "T2", section: "A8.8.199" }),
  // With write-back to the stack pointer it is encoding T2 of PUSH.
  t32StoreMultiple(DECREMENT_BEFORE, { encoding: "T1/T2", section: "A8.8.201, A8.8.133" }),
]

/** PUSH: stores registers below the stack, and makes the stack that much larger. A8.8.133 */
export const push = [
  a32({
    encoding: "A1",
    section: "A8.8.133",
    name: "push{cond}",
    bits: "cond 100100101101 list",
    args: "registers16",
    where: isMany,
    restartable: true,
    unpredictable: (v) => ((v["list"]! >> 13) & 1) === 1,
    semantics(b, f) {
      exposePc(b, f.pcStored, A32)
      const list = b.imm(f.list)
      storeMultiple(b, { base: 13, list, extent: descending(b, getR(b, 13), list), writeBack: 1 })
    },
  }),
  t16({
    encoding: "T1",
    section: "A8.8.133",
    name: "push{cond}",
    bits: "1011010 m list8",
    args: "pushRegisters",
    restartable: true,
    unpredictable: (v) => v["m"] === 0 && v["list8"] === 0,
    semantics(b, f) {
      const list = b.imm(f.pushList)
      storeMultiple(b, { base: 13, list, extent: descending(b, getR(b, 13), list), writeBack: 1 })
    },
  }),
]

/** LDM (User registers): loads registers of user mode, whatever the mode is; never with write-back. B9.3.6 */
export const ldmUser = a32({
  encoding: "A1",
  section: "B9.3.6",
  name: `ldm${suffixes}{cond}`,
  bits: "cond 100 p u 1 (0) 1 rn 0 list15",
  args: "rn, registers15^",
  where: isList15,
  restartable: true,
  unpredictable: (v) => v["rn"] === 15,
  semantics(b, f) {
    const { start } = packed(b, getR(b, f.rn), f.block15)
    // A base that is itself a user register is loaded last, so that the transfer can be started again.
    const base = b.variable(getR(b, f.rn))
    loadList(b, b.imm(f.list15), start, (register, value) => {
      b.if(
        b.eq(register, b.imm(f.rn)),
        () => b.assign(base, value),
        () => userRegister(b, register).set(value),
      )
    })
    b.if(b.and(b.shrU(b.imm(f.list15), b.imm(f.rn)), b.i32(1)), () => {
      userRegister(b, b.imm(f.rn)).set(b.read(base))
    })
  },
})

/** LDM (exception return): loads registers, r15 among them, and CPSR from SPSR. B9.3.5 */
export const ldmReturn = a32({
  encoding: "A1",
  section: "B9.3.5",
  name: `ldm${suffixes}{cond}`,
  bits: "cond 100 p u 1 w 1 rn 1 list15",
  args: "rn{w?!}, registers15pc^",
  restartable: true,
  unpredictable: badLoad,
  semantics(b, f) {
    const base = getR(b, f.rn)
    const { start, moved } = packed(b, base, f.block15pc)
    const { w } = f
    returnFromException(b, () => {
      const loaded = b.variable(w ? moved : base)
      const end = loadList(b, b.imm(f.list15), start, (register, value) => {
        b.if(
          b.eq(register, b.imm(f.rn)),
          () => b.assign(loaded, value),
          () => setR(b, register, value),
        )
      })
      const target = b.load(4, end, required)
      setR(b, f.rn, b.read(loaded))
      return target
    })
  },
})

/** STM (User registers): stores registers of user mode, whatever the mode is. B9.3.17 */
export const stmUser = a32({
  encoding: "A1",
  section: "B9.3.17",
  name: `stm${suffixes}{cond}`,
  bits: "cond 100 p u 1 (0) 0 rn list",
  args: "rn, registers16^",
  where: isList,
  restartable: true,
  unpredictable: (v) => v["rn"] === 15,
  semantics(b, f) {
    exposePc(b, f.pcStored, A32)
    const { start } = packed(b, getR(b, f.rn), f.block16)
    storeList(b, b.imm(f.list), start, (register) => userRegister(b, register).get())
  },
})
