// The stack on which methods take parameters and leave results.

import { MethodError, THROW } from "./method-error.ts"

/** A stack of 32-bit cells; the Forth engine has one of its own. */
export interface ParameterStack {
  /** Takes the top cell as a signed number; throws if the stack is empty. */
  pop(): number
  /** Takes the top cell as an unsigned number; throws if the stack is empty. */
  popUnsigned(): number
  /** Pushes the low 32 bits of a number. */
  push(value: number): void
}

/** A stack for a call from outside Forth. */
export class MethodStack implements ParameterStack {
  readonly #cells: number[]

  /** The last cell is the top. */
  constructor(cells: readonly number[] = []) {
    this.#cells = [...cells]
  }

  /** The cells, the top last. */
  get cells(): readonly number[] {
    return this.#cells
  }

  pop(): number {
    const value = this.#cells.pop()
    if (value === undefined) throw new MethodError(THROW.STACK_UNDERFLOW, "The stack is empty.")
    return value | 0
  }

  popUnsigned(): number {
    return this.pop() >>> 0
  }

  push(value: number): void {
    this.#cells.push(value | 0)
  }
}
