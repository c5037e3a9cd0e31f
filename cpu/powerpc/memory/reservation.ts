// Loads with reservation and conditional stores, synchronization, and the external control facility (Programming
// Environments Manual, 4.2.6, 4.3.1, 4.3.4; chapter 8: lwarx, stwcx., sync, isync, eieio, eciwx, ecowx).
//
// The store depends on the reservation alone, not on its address, as in the MPC603e, whose bus interface these processors
// have (MPC603EUM, 2.3.4.7). QEMU also compares the addresses, and the word with what lwarx read; a program that pairs the
// two as the manual says sees no difference. RESERVED_ADDRESS is for writers other than the CPU.

import type { Builder, Node } from "../../ir/index.ts"
import { ppc } from "../encoding.ts"
import { CR, EQ, GPR, GT, LT, SO, SPR, SPRN, state, XER_SO } from "../state.ts"
import { DSISR } from "../system/msr-bits.ts"
import { indexedAddress } from "./access.ts"

const { RESERVED, RESERVED_ADDRESS } = state.files

const required = { align: "required" } as const

/** lwarx: loads a word and reserves the block of 32 bytes around it. */
export const lwarx = ppc({
  name: "lwarx",
  bits: "011111 rD rA rB 0000010100 (0)",
  args: "rD, rA0, rB",
  semantics(b, f) {
    const address = indexedAddress(b, f)
    const value = b.load(4, address, required)
    b.set(RESERVED, b.i32(1))
    b.set(RESERVED_ADDRESS, b.and(address, b.i32(-32)))
    b.setReg(GPR, f.rD, value)
  },
})

/** stwcx.: stores a word if there is a reservation, and gives it up; EQ tells whether it stored. */
export const stwcx = ppc({
  name: "stwcx.",
  bits: "011111 rS rA rB 0010010110 1",
  args: "rS, rA0, rB",
  semantics(b, f) {
    const address = indexedAddress(b, f)
    const value = b.reg(GPR, f.rS)
    const reserved = b.get(RESERVED)
    b.if(reserved, () => b.store(4, address, value, required))
    b.set(RESERVED, b.i32(0))
    b.setReg(CR, LT, b.i32(0))
    b.setReg(CR, GT, b.i32(0))
    b.setReg(CR, EQ, reserved)
    b.setReg(CR, SO, b.get(XER_SO))
  },
})

// Accesses happen in order, and code is what memory holds: there is nothing to wait for.
const nothing = () => {}

/** sync: waits for all accesses. */
export const sync = ppc({
  name: "sync",
  bits: "011111 (00000) (00000) (00000) 1001010110 (0)",
  semantics: nothing,
})

/** eieio: orders accesses to devices. */
export const eieio = ppc({
  name: "eieio",
  bits: "011111 (00000) (00000) (00000) 1101010110 (0)",
  semantics: nothing,
})

/** isync: fetches the next instruction anew. */
export const isync = ppc({
  name: "isync",
  bits: "010011 (00000) (00000) (00000) 0010010110 (0)",
  semantics: nothing,
})

/** EAR[E]: external control is enabled. */
const ENABLED = 0x8000_0000

/** Without EAR[E], an external access is a DSI (6.4.3). */
function ifEnabled(b: Builder, address: Node, syndrome: number, body: () => void): void {
  const isEnabled = b.and(b.reg(SPR, SPRN.EAR), b.i32(ENABLED))
  b.if(isEnabled, body, () => b.raise("dsi", address, b.i32(syndrome)))
}

/** eciwx: loads a word from an external device. No board has one: the word comes from memory. */
export const eciwx = ppc({
  name: "eciwx",
  bits: "011111 rD rA rB 0100110110 (0)",
  args: "rD, rA0, rB",
  semantics(b, f) {
    const address = indexedAddress(b, f)
    ifEnabled(b, address, DSISR.externalDisabled, () => b.setReg(GPR, f.rD, b.load(4, address, required)))
  },
})

/** ecowx: stores a word to an external device. */
export const ecowx = ppc({
  name: "ecowx",
  bits: "011111 rS rA rB 0110110110 (0)",
  args: "rS, rA0, rB",
  semantics(b, f) {
    const address = indexedAddress(b, f)
    ifEnabled(b, address, DSISR.externalDisabled | DSISR.store, () => b.store(4, address, b.reg(GPR, f.rS), required))
  },
})
