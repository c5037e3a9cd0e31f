// Integer loads and stores (Programming Environments Manual, 4.2.3.2 to 4.2.3.4; chapter 8 for each instruction). The
// processors handle any alignment (MPC750UM, 4.5.6).

import type { Builder, Node } from "../../ir/index.ts"
import { GPR } from "../state.ts"
import { type Forms, loadStore } from "./access.ts"

type Opcodes = Pick<Forms, "name" | "displaced" | "indexed">
type Bytes = 1 | 2 | 4

/** Loads that extend a value, or change it in another way. */
const load = (opcodes: Opcodes, bytes: Bytes, signed = false, change = (_: Builder, value: Node) => value) =>
  loadStore({
    ...opcodes,
    register: "rD",
    transfer(b, rD, address, update) {
      b.setReg(GPR, rD, change(b, b.load(bytes, address, { signed })))
      update()
    },
  })

const store = (opcodes: Opcodes, bytes: Bytes, change = (_: Builder, value: Node) => value) =>
  loadStore({
    ...opcodes,
    register: "rS",
    transfer(b, rS, address, update) {
      b.store(bytes, address, change(b, b.reg(GPR, rS)))
      update()
    },
  })

/** lbz, lbzu, lbzx, lbzux: load a byte. */
export const lbz = load({ name: "lbz", displaced: ["100010", "100011"], indexed: ["0001010111", "0001110111"] }, 1)
/** lhz, lhzu, lhzx, lhzux: load a halfword. */
export const lhz = load({ name: "lhz", displaced: ["101000", "101001"], indexed: ["0100010111", "0100110111"] }, 2)
/** lha, lhau, lhax, lhaux: load a halfword with its sign. */
export const lha = load(
  { name: "lha", displaced: ["101010", "101011"], indexed: ["0101010111", "0101110111"] },
  2,
  true,
)
/** lwz, lwzu, lwzx, lwzux: load a word. */
export const lwz = load({ name: "lwz", displaced: ["100000", "100001"], indexed: ["0000010111", "0000110111"] }, 4)
/** stb, stbu, stbx, stbux: store a byte. */
export const stb = store({ name: "stb", displaced: ["100110", "100111"], indexed: ["0011010111", "0011110111"] }, 1)
/** sth, sthu, sthx, sthux: store a halfword. */
export const sth = store({ name: "sth", displaced: ["101100", "101101"], indexed: ["0110010111", "0110110111"] }, 2)
/** stw, stwu, stwx, stwux: store a word. */
export const stw = store({ name: "stw", displaced: ["100100", "100101"], indexed: ["0010010111", "0010110111"] }, 4)

/** The two low bytes of a value in the other order; the rest is 0. */
const reverse2 = (b: Builder, x: Node): Node =>
  b.or(b.and(b.shrU(x, b.i32(8)), b.i32(0xff)), b.and(b.shl(x, b.i32(8)), b.i32(0xff00)))

/** The bytes of a word in the other order: two of them arrive by each rotation. */
const reverse4 = (b: Builder, x: Node): Node =>
  b.or(b.and(b.rotl(x, b.i32(8)), b.i32(0x00ff_00ff)), b.and(b.rotr(x, b.i32(8)), b.i32(0xff00_ff00)))

/** lhbrx: loads a halfword with its bytes reversed. */
export const lhbrx = load({ name: "lhbr", indexed: ["1100010110"] }, 2, false, reverse2)
/** lwbrx: loads a word with its bytes reversed. */
export const lwbrx = load({ name: "lwbr", indexed: ["1000010110"] }, 4, false, reverse4)
/** sthbrx: stores a halfword with its bytes reversed. */
export const sthbrx = store({ name: "sthbr", indexed: ["1110010110"] }, 2, reverse2)
/** stwbrx: stores a word with its bytes reversed. */
export const stwbrx = store({ name: "stwbr", indexed: ["1010010110"] }, 4, reverse4)
