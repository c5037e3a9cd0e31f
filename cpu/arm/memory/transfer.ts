// What all loads and stores share: offsets, the three ways of indexing, and r15 as a register to transfer
// (ARM DDI 0406C, A8.5; pseudocode MemU, LoadWritePC, PCStoreValue).

import type { Builder, Node, Operand } from "../../ir/index.ts"
import type { FieldValues } from "../../isa/index.ts"
import { bxWritePC, getR, setR, writeR } from "../registers.ts"
import { C } from "../state.ts"

/** One access of a load or store, as its mnemonic says. */
export type Transfer = {
  readonly bytes: 1 | 2 | 4
  readonly signed?: boolean
  readonly align?: "any" | "required" | "rotate"
  readonly asUser?: boolean
}

export const WORD: Transfer = { bytes: 4, align: "rotate" }
export const BYTE: Transfer = { bytes: 1 }
export const HALFWORD: Transfer = { bytes: 2 }
export const SIGNED_BYTE: Transfer = { bytes: 1, signed: true }
export const SIGNED_HALFWORD: Transfer = { bytes: 2, signed: true }

/** The same access with the permissions of user mode. */
export const asUser = (t: Transfer): Transfer => ({ ...t, asUser: true })

/** LoadWritePC: from ARMv5T on, a loaded program counter chooses the instruction set. */
export const loadWritePC = bxWritePC

/** Loads to a register. `pc` tells that it may be r15. */
export function load(b: Builder, rt: Operand, address: Node, t: Transfer, pc = 0): void {
  writeR(b, pc, rt, b.load(t.bytes, address, t), loadWritePC)
}

/** Stores a register. */
export function store(b: Builder, rt: Operand, address: Node, t: Transfer): void {
  b.store(t.bytes, address, getR(b, rt), t)
}

/** P and W choose between `[rn, offset]`, `[rn, offset]!` and `[rn], offset`. */
export type Indexing = { readonly p: number; readonly w: number; readonly rn: Operand }

/** The address of an access, and what is to be done once it has succeeded. */
function index(b: Builder, f: Indexing, offset: Node): { readonly address: Node; writeBack(): void } {
  const base = getR(b, f.rn)
  const moved = b.add(base, offset)
  const address = f.p ? moved : base
  const unchanged = f.p && !f.w
  return { address, writeBack: () => (unchanged ? undefined : setR(b, f.rn, moved)) }
}

/** Loads with write-back. The base is written first, so that a loaded base or r15 wins. */
export function loadIndexed(
  b: Builder,
  f: Indexing & { readonly rt: Operand },
  offset: Node,
  t: Transfer,
  pc = 0,
): void {
  const { address, writeBack } = index(b, f, offset)
  const value = b.load(t.bytes, address, t)
  writeBack()
  writeR(b, pc, f.rt, value, loadWritePC)
}

/** Stores with write-back. */
export function storeIndexed(b: Builder, f: Indexing & { readonly rt: Operand }, offset: Node, t: Transfer): void {
  const { address, writeBack } = index(b, f, offset)
  store(b, f.rt, address, t)
  writeBack()
}

type Pair = { readonly first: Operand; readonly second: Operand | Node }

/** Loads two words with write-back. */
export function loadPair(b: Builder, f: Indexing, { first, second }: Pair, offset: Node): void {
  const { address, writeBack } = index(b, f, offset)
  const [low, high] = wordsAt(b, address)
  writeBack()
  setR(b, first, low)
  setR(b, second, high)
}

/** Loads two words. */
export function loadPairFrom(b: Builder, { first, second }: Pair, address: Node): void {
  const [low, high] = wordsAt(b, address)
  setR(b, first, low)
  setR(b, second, high)
}

function wordsAt(b: Builder, address: Node): readonly [Node, Node] {
  return [b.load(4, address, { align: "required" }), b.load(4, b.add(address, b.i32(4)), { align: "required" })]
}

/** Stores two words with write-back. */
export function storePair(b: Builder, f: Indexing, { first, second }: Pair, offset: Node): void {
  const { address, writeBack } = index(b, f, offset)
  b.store(4, address, getR(b, first), { align: "required" })
  b.store(4, b.add(address, b.i32(4)), getR(b, second), { align: "required" })
  writeBack()
}

/** The other register of a pair that names its even one. */
export const oddOf = (b: Builder, rt: Operand): Node => b.or(b.imm(rt), b.i32(1))

/** Fields of an A32 register offset. */
export type RegisterOffset = {
  readonly rm: Operand
  readonly type: Operand
  readonly imm5: Operand
  readonly offsetShift: number
  readonly offsetSign: Operand
}

/** A register offset, shifted and signed: `lsl` and plain ones, the usual, without the others' work. */
export function registerOffset(b: Builder, f: RegisterOffset): Node {
  const x = getR(b, f.rm)
  if (f.offsetShift === 0) return x
  const amount = b.imm(f.imm5)
  if (f.offsetShift === 1) return b.shl(x, amount)
  return signedOffset(b, anyShift(b, x, b.imm(f.type), amount), f.offsetSign)
}

/** The offset, or its negative where `sign` is -1. */
export function signedOffset(b: Builder, offset: Node, sign: Operand): Node {
  return b.sub(b.xor(offset, b.imm(sign)), b.imm(sign))
}

/** DecodeImmShift and Shift (A8.4.3) with a shift type known only at run time; an amount of 0 is special. */
function anyShift(b: Builder, x: Node, type: Node, amount: Node): Node {
  const zero = b.eqz(amount)
  const rrx = b.or(b.shl(b.get(C), b.i32(31)), b.shrU(x, b.i32(1)))
  const lsr = b.select(zero, b.i32(0), b.shrU(x, amount))
  const asr = b.shrS(x, b.select(zero, b.i32(31), amount))
  const ror = b.select(zero, rrx, b.rotr(x, amount))
  const odd = b.and(type, b.i32(1))
  return b.select(b.and(type, b.i32(2)), b.select(odd, ror, asr), b.select(odd, lsr, b.shl(x, amount)))
}

/** The word that holds a Thumb instruction's start: its literals are relative to it. */
export const thumbBase = (b: Builder): Node => b.and(b.pc(), b.i32(-4))

/** A base register that is not r15: with it, the encoding is a literal's. */
export const isNotR15 = { rn: (r: number) => r !== 15 }

// What the manual leaves UNPREDICTABLE

/** Write-back to r15 or to the register transferred; post-indexed with W, where no access as user mode has that encoding. */
export const badBase = (v: FieldValues): boolean => {
  if (v["p"] === 0 && v["w"] === 1) return true
  return (v["p"] === 0 || v["w"] !== 0) && (v["rn"] === 15 || v["rn"] === v["rt"])
}
/** The same, or a part of r15 transferred, or r15 as an offset. */
export const badByte = (v: FieldValues): boolean => v["rt"] === 15 || v["rm"] === 15 || badBase(v)
/** r15 as an offset, or bad write-back. */
export const badOffset = (v: FieldValues): boolean => v["rm"] === 15 || badBase(v)
/** A user-mode access with r15, or one that overwrites its base; in Thumb with sp as well. */
export const badUser = (v: FieldValues): boolean => [v["rt"], v["rn"], v["rm"]].includes(15) || v["rn"] === v["rt"]
export const badThumbUser = (v: FieldValues): boolean => v["rt"]! === 13 || v["rt"] === 15 || v["rn"] === 15
/** A Thumb register offset of sp or pc. */
export const badThumbIndex = (v: FieldValues): boolean => v["rm"] === 13 || v["rm"] === 15
/** The same, or sp or pc transferred as a part. */
export const badThumbPart = (v: FieldValues): boolean => v["rt"] === 13 || v["rt"] === 15 || badThumbWord(v)
/** Thumb write-back to the register transferred. */
export const badThumbBase = (v: FieldValues): boolean => v["p"] !== undefined && v["rn"] === v["rt"]
/** A Thumb load of a word with a bad offset or bad write-back. */
export const badThumbWord = (v: FieldValues): boolean => badThumbIndex(v) || badThumbBase(v)
