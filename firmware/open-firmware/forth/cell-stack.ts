// A bounded stack of 32-bit cells.

import { ForthError } from "./errors.ts"
import type { MethodStack } from "./tree.ts"

/** Data stack or return stack; the two throw codes tell them apart. */
export class CellStack implements MethodStack {
  readonly #cells: Int32Array
  readonly #overflow: number
  readonly #underflow: number
  #depth = 0

  constructor(capacity: number, overflow: number, underflow: number) {
    this.#cells = new Int32Array(capacity)
    this.#overflow = overflow
    this.#underflow = underflow
  }

  get depth(): number {
    return this.#depth
  }

  /** Cuts the stack, or raises it to hold what once stood there (after `throw`). */
  set depth(depth: number) {
    if (depth < 0) throw new ForthError(this.#underflow)
    if (depth > this.#cells.length) throw new ForthError(this.#overflow)
    this.#depth = depth
  }

  push(value: number): void {
    if (this.#depth === this.#cells.length) throw new ForthError(this.#overflow)
    this.#cells[this.#depth++] = value
  }

  pop(): number {
    if (this.#depth === 0) throw new ForthError(this.#underflow)
    return this.#cells[--this.#depth]!
  }

  popUnsigned(): number {
    return this.pop() >>> 0
  }

  /** The cell `n` below the top. */
  peek(n: number): number {
    this.#require(n)
    return this.#cells[this.#depth - 1 - n]!
  }

  /** Replaces the cell `n` below the top. */
  poke(n: number, value: number): void {
    this.#require(n)
    this.#cells[this.#depth - 1 - n] = value
  }

  /** Takes the cell `n` below the top out; the cells above move down. */
  take(n: number): number {
    const value = this.peek(n)
    this.#cells.copyWithin(this.#depth - 1 - n, this.#depth - n, this.#depth)
    this.#depth--
    return value
  }

  /** The cells, bottom first. */
  contents(): readonly number[] {
    return [...this.#cells.subarray(0, this.#depth)]
  }

  #require(n: number): void {
    if (n < 0 || n >= this.#depth) throw new ForthError(this.#underflow)
  }
}
