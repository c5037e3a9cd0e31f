// CPSR as one value for debuggers: what psr.ts does in IR, done in TypeScript on the CPU's registers (ARM DDI 0406C, B1.3.3).

import { GE, GPR, MODE, MODES, state } from "../state.ts"
import { bankOf, isMode } from "./modes.ts"
import type { ArmRegisters } from "./ports.ts"
import { PSR_BIT, PSR_FLAGS, PSR_GE, PSR_MODE } from "./psr-bits.ts"

const { E, ISA, CONTEXT, REGIME, SP_BANK, LR_BANK, HIGH_BANK } = state.files

/** All fields of one bit. */
const FLAGS = [...PSR_FLAGS, [ISA, PSR_BIT.T]] as const

/** CPSR with its execution state, unsigned. */
export function readCpsrValue(registers: ArmRegisters): number {
  const it = registers.get(CONTEXT)
  let value = registers.get(MODE) | (registers.get(GE) << PSR_GE) | ((it & 3) << 25) | ((it & 0xfc) << 8)
  for (const [file, bit] of FLAGS) value |= registers.get(file) << bit
  return value >>> 0
}

/** Writes CPSR, exchanging banked registers as the mode asks; an illegal mode leaves the mode as it is. */
export function writeCpsrValue(registers: ArmRegisters, value: number): void {
  for (const [file, bit] of FLAGS) registers.set(file, 0, (value >>> bit) & 1)
  registers.set(GE, 0, (value >>> PSR_GE) & 15)
  registers.set(CONTEXT, 0, ((value >>> 25) & 3) | ((value >>> 8) & 0xfc))
  setMode(registers, value & PSR_MODE)
  const privileged = registers.get(MODE) === MODES.usr ? 0 : 1
  registers.set(REGIME, 0, privileged | (registers.get(E) << 1))
}

function setMode(registers: ArmRegisters, mode: number): void {
  if (!isMode(mode)) return
  const from = bankOf(registers.get(MODE))
  const to = bankOf(mode)
  registers.set(MODE, 0, mode)
  if (from === to) return
  registers.set(SP_BANK, from, registers.get(GPR, 13))
  registers.set(LR_BANK, from, registers.get(GPR, 14))
  registers.set(GPR, 13, registers.get(SP_BANK, to))
  registers.set(GPR, 14, registers.get(LR_BANK, to))
  const fiq = bankOf(MODES.fiq)
  if (from !== fiq && to !== fiq) return
  for (let n = 0; n < 5; n++) {
    const current = registers.get(GPR, 8 + n)
    registers.set(GPR, 8 + n, registers.get(HIGH_BANK, n))
    registers.set(HIGH_BANK, n, current)
  }
}
