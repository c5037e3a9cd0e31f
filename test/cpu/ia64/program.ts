// Small IA-64 programs for tests: bundles as text, run from address 0x10000 to their break.

import { AR_NUMBER, assembleBundle, state } from "../../../cpu/ia64/index.ts"
import { InterpreterMachine } from "./interpreter-machine.ts"
import { type Machine, TestMachine } from "./machine.ts"

const { AR, GR, GRNAT, PR } = state.files

export const ORIGIN = 0x1_0000n

/** A bundle: its template, then its instructions. */
export type BundleText = readonly [template: string, ...lines: string[]]

/** The engines that programs run on. */
export const engines: readonly (readonly [name: string, create: () => Machine])[] = [
  ["evaluator", () => new TestMachine()],
  ["interpreter", () => InterpreterMachine.create()],
]

let create = engines[0]![1]

/** Chooses the engine for the programs that are loaded from now on. */
export function useEngine(make: () => Machine): void {
  create = make
}

/** A machine with the program in memory, a backing store at 0x80000, and these general registers. */
export function load(bundles: readonly BundleText[], registers: Readonly<Record<number, bigint>> = {}): Machine {
  const machine = create()
  for (const [n, [template, ...lines]] of bundles.entries()) {
    const address = ORIGIN + BigInt(16 * n)
    for (const [w, word] of assembleBundle(template, lines, address).entries())
      machine.write(address + BigInt(4 * w), 4, BigInt(word))
  }
  machine.pc = ORIGIN
  machine.state.setLong(AR, AR_NUMBER.bsp, 0x8_0000n)
  machine.state.setLong(AR, AR_NUMBER.bspstore, 0x8_0000n)
  for (const [r, value] of Object.entries(registers)) machine.state.setLong(GR, Number(r), BigInt.asIntN(64, value))
  return machine
}

/** Runs to an exception, at most so many instructions; gives its name and first argument. */
export function run(machine: Machine, limit = 10_000): { exception: string; argument: bigint | undefined } {
  for (let n = 0; n < limit; n++) {
    const outcome = machine.step()
    if (outcome.kind !== "raise") continue
    const [first] = outcome.args
    return { exception: outcome.exception, argument: first === undefined ? undefined : BigInt(first) }
  }
  throw new Error(`no exception in ${limit} instructions`)
}

/** A static general register, unsigned, or "NaT". */
export function general(machine: Machine, r: number): bigint | "NaT" {
  return machine.state.get(GRNAT, r) ? "NaT" : BigInt.asUintN(64, machine.state.getLong(GR, r))
}

/** A predicate of p0 to p15. */
export const predicate = (machine: Machine, p: number): number => machine.state.get(PR, p)
