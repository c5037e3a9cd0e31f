// Processor modes and banked registers (ARM DDI 0406C, B1.3.1, B1.3.2; pseudocode BadMode, RBankSelect, LookUpRName).
//
// GPR holds the registers of the current mode; the banks hold those of the others. A change of mode exchanges them.

import type { Builder, Node } from "../../ir/index.ts"
import { getR, setR } from "../registers.ts"
import { GPR, MODE, MODES, state } from "../state.ts"

const { E, REGIME, SP_BANK, LR_BANK, SPSR_BANK, HIGH_BANK } = state.files

/** Banks by the low four bits of the mode, a hexadecimal digit each: usr and sys 0, svc 1, abt 2, und 3, irq 4, fiq 5. */
const BANKS = [0, 5, 4, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 0]
const BANK_DIGITS = BANKS.reduce((digits, bank, n) => digits | (BigInt(bank) << BigInt(4 * n)), 0n)

/** Modes of a CPU without Security and Virtualization Extensions, a bit each. */
const VALID_MODES = [MODES.usr, MODES.fiq, MODES.irq, MODES.svc, MODES.abt, MODES.und, MODES.sys].reduce<number>(
  (set, mode) => set | (1 << mode),
  0,
)

/** Number of the bank that holds a mode's sp, lr and SPSR while it is not current. */
export function bankOf(mode: number): number {
  return BANKS[mode & 15]!
}

/** Whether CPSR.M may hold that value: setting another is UNPREDICTABLE, and here changes nothing. */
export function isMode(mode: number): boolean {
  return ((VALID_MODES >>> mode) & 1) === 1 && mode >= 0 && mode < 32
}

/** `bankOf` as IR. */
export function bankIndex(b: Builder, mode: Node): Node {
  const digit = b.shl(b.and(mode, b.i32(15)), b.i32(2))
  return b.and(b.wrap(b.shrU(b.i64(BANK_DIGITS), b.extendU(digit))), b.i32(7))
}

/** 1 in user mode. */
export const isUser = (b: Builder): Node => b.eq(b.get(MODE), b.i32(MODES.usr))

/** SPSR of the current mode. User and system mode have none: they get a slot that nothing else uses. */
export const getSpsr = (b: Builder): Node => b.reg(SPSR_BANK, bankIndex(b, b.get(MODE)))
export const setSpsr = (b: Builder, value: Node): void => b.setReg(SPSR_BANK, bankIndex(b, b.get(MODE)), value)

/** Changes the mode and exchanges banked registers; an illegal mode changes nothing. The caller sets REGIME. */
export function switchMode(b: Builder, mode: Node): void {
  const valid = b.and(b.shrU(b.i32(VALID_MODES), mode), b.i32(1))
  b.if(valid, () => {
    const old = b.get(MODE)
    const from = bankIndex(b, old)
    const to = bankIndex(b, mode)
    b.if(b.ne(from, to), () => {
      b.setReg(SP_BANK, from, b.reg(GPR, 13))
      b.setReg(LR_BANK, from, b.reg(GPR, 14))
      b.setReg(GPR, 13, b.reg(SP_BANK, to))
      b.setReg(GPR, 14, b.reg(LR_BANK, to))
      const fiq = b.i32(bankOf(MODES.fiq))
      b.if(b.or(b.eq(from, fiq), b.eq(to, fiq)), () => exchangeHigh(b))
    })
    b.set(MODE, mode)
  })
}

/** FIQ mode has r8 to r12 of its own. */
function exchangeHigh(b: Builder): void {
  for (let n = 0; n < 5; n++) {
    const current = b.reg(GPR, 8 + n)
    b.setReg(GPR, 8 + n, b.reg(HIGH_BANK, n))
    b.setReg(HIGH_BANK, n, current)
  }
}

/** REGIME as mode and CPSR.E now ask for: bit 0 privileged, bit 1 big-endian data. */
export function regime(b: Builder): Node {
  return b.or(b.ne(b.get(MODE), b.i32(MODES.usr)), b.shl(b.get(E), b.i32(1)))
}

/** Sets REGIME by mode and CPSR.E. */
export const setRegime = (b: Builder): void => b.set(REGIME, regime(b))

/** A register of user mode, whatever the current mode. */
export function userRegister(b: Builder, register: Node) {
  return {
    get(): Node {
      const value = b.variable(getR(b, register))
      elsewhere(b, register, {
        sp: () => b.assign(value, b.reg(SP_BANK, 0)),
        lr: () => b.assign(value, b.reg(LR_BANK, 0)),
        high: (n) => b.assign(value, b.reg(HIGH_BANK, n)),
        current() {},
      })
      return b.read(value)
    },
    set(value: Node): void {
      elsewhere(b, register, {
        sp: () => b.setReg(SP_BANK, 0, value),
        lr: () => b.setReg(LR_BANK, 0, value),
        high: (n) => b.setReg(HIGH_BANK, n, value),
        current: () => setR(b, register, value),
      })
    },
  }
}

type Place = { sp(): void; lr(): void; high(n: Node): void; current(): void }

function elsewhere(b: Builder, register: Node, place: Place): void {
  const is = (n: number) => b.eq(register, b.i32(n))
  const notHigh = () => {
    const own = b.eqz(bankIndex(b, b.get(MODE)))
    b.if(own, place.current, () => b.if(is(13), place.sp, place.lr))
  }
  const highOfFiq = () => {
    const inFiq = b.eq(b.get(MODE), b.i32(MODES.fiq))
    b.if(inFiq, () => place.high(b.and(register, b.i32(7))), place.current)
  }
  b.if(b.or(b.ltU(register, b.i32(8)), is(15)), place.current, () =>
    b.if(b.ltU(register, b.i32(13)), highOfFiq, notHigh),
  )
}
