// How V8 treats the emulator's own code, which is a matter of the program that embeds it.

import { setFlagsFromString } from "node:v8"

/**
 * Bytes of bytecode that a function executes in each of the rounds after which V8 optimises it. By its own choice, 67,584,
 * it optimises what a boot calls a few thousand times, and takes longer to do so than that ever saves.
 */
const BUDGET = 4_000_000

/**
 * Percentage by which the heap may grow from one collection of all garbage to the next. Each takes a tenth of a second of
 * CPU time; by its own choice, V8 has more of them, for a heap that is hardly smaller.
 */
const GROWTH = 100

/**
 * Makes V8 optimise JavaScript later and collect garbage less often than it would, and leave out the checks of the stack at
 * the start of each function and in each loop of WebAssembly: the emulator's functions call each other to a fixed depth,
 * whatever the guest does, and return within a millisecond. For the start of a process whose other WebAssembly does not
 * recurse far.
 */
export function tuneV8(): void {
  setFlagsFromString(`--interrupt-budget=${BUDGET}`)
  setFlagsFromString(`--heap-growing-percent=${GROWTH}`)
  setFlagsFromString("--no-wasm-stack-checks")
}
