// How eagerly V8 optimises the emulator's own code, which is a matter of the program that embeds it.

import { setFlagsFromString } from "node:v8"

/**
 * Bytes of bytecode that a function of JavaScript executes in each of the rounds after which V8 optimises it. By its own
 * choice, 67,584, it optimises what a boot calls a few thousand times, and takes longer to do so than that ever saves.
 */
const BUDGET = 2_000_000

/** Makes V8 optimise JavaScript later than it would; has no effect on WebAssembly. For a process's start. */
export function optimiseLater(): void {
  setFlagsFromString(`--interrupt-budget=${BUDGET}`)
}
