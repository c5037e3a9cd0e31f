// V8's flags for the emulator's own code. They concern the whole process, so only the command sets them.

import { setFlagsFromString } from "node:v8"

/**
 * Bytes of bytecode that a function executes before V8 considers optimising it. With V8's default, 67,584, functions
 * that a boot calls a few thousand times are optimised, which takes longer than it saves.
 */
const BUDGET = 4_000_000

/**
 * Percentage by which the heap may grow between two full garbage collections, each of which takes 0.1 s of CPU time.
 * V8's default leads to more of them, for a heap that is hardly smaller.
 */
const GROWTH = 100

/**
 * Makes V8 optimise JavaScript later and collect garbage less often. It also removes the stack checks at the start of
 * each function and loop of WebAssembly: the emulator's functions call each other to a fixed depth, whatever the guest
 * does, and return within a millisecond. Call it at the start of a process whose other WebAssembly does not recurse far.
 */
export function tuneV8(): void {
  setFlagsFromString(`--interrupt-budget=${BUDGET}`)
  setFlagsFromString(`--heap-growing-percent=${GROWTH}`)
  setFlagsFromString("--no-wasm-stack-checks")
}
