// The wires of an OpenPIC.
import { wire } from "../kit/index.ts"

/** `int` leads to the external interrupt of each CPU, `init` to the reset of each. */
export const wires = { int: wire.lines, init: wire.optionalLines }
