// Vector loads and stores, and the permute controls for misaligned data (ALTIVECPEM, 4.2.3 and chapter 6: lvebx to lvxl,
// stvebx to stvxl). Addresses are aligned down to the size of what is transferred, so that none is misaligned.

import type { Builder, Node } from "../../ir/index.ts"
import type { Instruction } from "../../isa/index.ts"
import { indexedAddress } from "../memory/access.ts"
import { VR } from "../state.ts"
import { formLoad, formStore } from "./encoding.ts"
import { choose, ELEMENT_NUMBERS, LANE_NUMBERS, lowWord, on, pick, type Size } from "./vector.ts"

const aligned = (b: Builder, address: Node, bytes: number): Node => b.and(address, b.i32(-bytes))

/** Every address is a multiple of the size. */
const unchecked = { align: "unchecked" } as const

const load = (name: string, xo: number): Instruction =>
  formLoad(name, xo, (b, f) => {
    b.setReg(VR, f.vD, b.load(16, aligned(b, indexedAddress(b, f), 16), unchecked))
  })

/** lvx: loads a vector. */
export const lvx = load("lvx", 103)
/** lvxl: loads a vector that will not be needed soon. */
export const lvxl = load("lvxl", 359)

/** The numbers of elements of a size, from 0 on. */
const NUMBERS = [
  ELEMENT_NUMBERS,
  0x0000_0001_0002_0003_0004_0005_0006_0007n,
  0x0000_0000_0000_0001_0000_0002_0000_0003n,
]
const BYTES = [1, 2, 4] as const

/** The other elements are undefined in the manual; here they keep their values. */
const loadElement = (name: string, xo: number, size: Size): Instruction =>
  formLoad(name, xo, (b, f) => {
    const address = indexedAddress(b, f)
    const value = b.load(BYTES[size], aligned(b, address, BYTES[size]), unchecked)
    const element = b.and(b.shrU(address, b.i32(size)), b.i32((16 >> size) - 1))
    const mask = on(b, size, "eq", on(b, size, "splat", element), b.v128(NUMBERS[size]!))
    b.setReg(VR, f.vD, choose(b, mask, on(b, size, "splat", value), b.reg(VR, f.vD)))
  })

/** lvebx: loads a byte to its element. */
export const lvebx = loadElement("lvebx", 7, 0)
/** lvehx: loads a halfword to its element. */
export const lvehx = loadElement("lvehx", 39, 1)
/** lvewx: loads a word to its element. */
export const lvewx = loadElement("lvewx", 71, 2)

const permuteControl = (name: string, xo: number, first: (b: Builder, offset: Node) => Node): Instruction =>
  formLoad(name, xo, (b, f) => {
    const offset = b.and(indexedAddress(b, f), b.i32(15))
    b.setReg(VR, f.vD, b.op("i8x16.add", b.op("i8x16.splat", first(b, offset)), b.v128(ELEMENT_NUMBERS)))
  })

/** lvsl: makes the control by which vperm shifts left to align data at an address. */
export const lvsl = permuteControl("lvsl", 6, (_, offset) => offset)
/** lvsr: makes the control by which vperm shifts right to align data at an address. */
export const lvsr = permuteControl("lvsr", 38, (b, offset) => b.sub(b.i32(16), offset))

const store = (name: string, xo: number): Instruction =>
  formStore(name, xo, (b, f) => b.store(16, aligned(b, indexedAddress(b, f), 16), b.reg(VR, f.vS), unchecked))

/** stvx: stores a vector. */
export const stvx = store("stvx", 231)
/** stvxl: stores a vector that will not be needed soon. */
export const stvxl = store("stvxl", 487)

const storeElement = (name: string, xo: number, size: Size): Instruction =>
  formStore(name, xo, (b, f) => {
    const address = indexedAddress(b, f)
    // The lowest byte of the element: its lane counts from the other end.
    const lane = b.and(b.not(address), b.i32(16 - BYTES[size]))
    const lanes = b.op("i8x16.add", b.op("i8x16.splat", lane), b.v128(LANE_NUMBERS))
    const value = lowWord(b, pick(b, b.reg(VR, f.vS), lanes))
    b.store(BYTES[size], aligned(b, address, BYTES[size]), value, unchecked)
  })

/** stvebx: stores the byte of an address. */
export const stvebx = storeElement("stvebx", 135, 0)
/** stvehx: stores the halfword of an address. */
export const stvehx = storeElement("stvehx", 167, 1)
/** stvewx: stores the word of an address. */
export const stvewx = storeElement("stvewx", 199, 2)
