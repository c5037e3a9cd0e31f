// Access to system registers by number, as MRC, MCR, MRRC and MCRR do it (ARM DDI 0406C, B3.15 to B3.17). A register that
// the CPU model lacks, or an access that it forbids, is an undefined instruction.

import type { ArmModel } from "../models/model.ts"
import { MODE, MODES, state } from "../state.ts"
import { getSlot, reads, setSlot, wide, writes } from "./cp15-effects.ts"
import { cp15Names, cp15Slot } from "./cp15-storage.ts"
import type { SystemRegister, WideRegister } from "./cp15-table.ts"
import type { ArmPorts } from "./ports.ts"

const { CP15, PSR_BITS, FPEXC, VFP_ACCESS } = state.files

/** A CPU as helpers see it. */
export interface ArmCpu extends ArmPorts {
  readonly model: ArmModel
}

/** The number by which instructions name a register: the fields of MRC, `systemRegister` of the vocabulary. */
export function registerNumber(coproc: number, opc1: number, crn: number, crm: number, opc2: number): number {
  return (coproc << 14) | (opc1 << 11) | (crn << 7) | (crm << 3) | opc2
}

/** The number of a 64-bit register: the fields of MRRC, `systemRegister64`. */
export function wideNumber(coproc: number, opc1: number, crm: number): number {
  return (coproc << 8) | (opc1 << 4) | crm
}

/** Whether `c1 0 c0 *` stands for those fields. */
function matches(at: string, fields: readonly number[]): boolean {
  return at.split(" ").every((part, n) => part === "*" || Number(part.replace("c", "")) === fields[n])
}

/** A search by number that keeps what it found, for each model. */
function memoised<T>(search: (model: ArmModel, number: number) => T | undefined) {
  const byModel = new WeakMap<ArmModel, Map<number, T | undefined>>()
  return (model: ArmModel, number: number): T | undefined => {
    let found = byModel.get(model)
    if (!found) byModel.set(model, (found = new Map()))
    if (!found.has(number)) found.set(number, search(model, number))
    return found.get(number)
  }
}

/** The register of a model with that number; undefined if there is none. */
export const findRegister = memoised<SystemRegister>(({ registers }, number) => {
  const fields = [(number >> 7) & 15, (number >> 11) & 7, (number >> 3) & 15, number & 7]
  return registers.find((r) => r.coproc === number >> 14 && matches(r.at, fields))
})

/** The 64-bit register of a model with that number; undefined if there is none. */
export const findWideRegister = memoised<WideRegister>(({ wideRegisters }, number) => {
  const fields = [(number >> 4) & 15, number & 15]
  return wideRegisters.find((r) => r.coproc === number >> 8 && matches(r.at, fields))
})

/** Whether the CPU's mode may read (0) or write (1) a register. */
function mayAccess(cpu: ArmCpu, { access, grant }: SystemRegister | WideRegister, write: 0 | 1): boolean {
  if (cpu.state.get(MODE) !== MODES.usr) return access[write] !== "-"
  if (access[2 + write] !== "-") return true
  if (!grant || access[write] === "-" || (getSlot(cpu, grant.slot) & grant.bits) === 0) return false
  return write === 0 || grant.access === "rw"
}

/** Reads a register: a signed number. */
export function readSystemRegister(cpu: ArmCpu, number: number): number {
  const register = findRegister(cpu.model, number)
  if (!register || !mayAccess(cpu, register, 0)) {
    cpu.raise("undefined")
    return 0
  }
  return readContents(cpu, register)
}

/** Reads a register without a check of access, for debuggers. */
export function readContents(cpu: ArmCpu, { read, slot, value, valueBy }: SystemRegister): number {
  if (read) return reads[read](cpu) | 0
  if (valueBy) return (valueBy.values[getSlot(cpu, valueBy.slot)] ?? 0) | 0
  return slot ? getSlot(cpu, slot) : (value ?? 0) | 0
}

/** Writes a register. */
export function writeSystemRegister(cpu: ArmCpu, number: number, value: number): undefined {
  const register = findRegister(cpu.model, number)
  if (!register || !mayAccess(cpu, register, 1)) {
    cpu.raise("undefined")
    return
  }
  const { slot, mask = -1, reset = 0, write } = register
  // Bits that cannot be written keep their value after reset; sets and clears of bits take only the bits that exist.
  const allowed = (value & mask) | (reset & ~mask)
  if (write) writes[write](cpu, allowed)
  else if (slot) setSlot(cpu, slot, allowed)
}

/** Reads a 64-bit register: a signed number. */
export function readSystemRegister64(cpu: ArmCpu, number: number): bigint {
  const register = findWideRegister(cpu.model, number)
  if (!register || !mayAccess(cpu, register, 0)) {
    cpu.raise("undefined")
    return 0n
  }
  return BigInt.asIntN(64, wide[register.contents].read(cpu))
}

/** Writes a 64-bit register. */
export function writeSystemRegister64(cpu: ArmCpu, number: number, value: bigint): undefined {
  const register = findWideRegister(cpu.model, number)
  if (!register || !mayAccess(cpu, register, 1)) {
    cpu.raise("undefined")
    return
  }
  wide[register.contents].write(cpu, value)
}

/** Gives every system register of the model its value after reset. */
export function resetCp15(cpu: ArmCpu): void {
  const { registers, psrBits } = cpu.model
  for (const name of cp15Names) cpu.state.set(CP15, cp15Slot(name), 0)
  for (const { slot, reset } of registers) if (slot && reset !== undefined) setSlot(cpu, slot, reset)
  cpu.state.set(PSR_BITS, 0, psrBits)
  // VFP is off, as CPACR and FPEXC say
  cpu.state.set(FPEXC, 0, 0)
  cpu.state.set(VFP_ACCESS, 0, 0)
}
