// Runs an image twice: one instruction at a time beside the reference, then many at a time. The engine takes other paths if it does
// not stop after each instruction, and must reach the same states.

import { emptyRecord, type StateRecord } from "../oracle/state-record.ts"
import type { Random } from "../support/random.ts"
import type { Image } from "./image.ts"
import type { ImageStepper } from "./lockstep.ts"
import type { Subject } from "./subject.ts"

/** The first instruction, counted from the image's entry, after which a replay has a different state. */
export type Departure = {
  index: number
  instruction: Uint8Array
  before: StateRecord
  expected: StateRecord
  actual: StateRecord
}

/** Limit of instructions in one run of the replay, unless given. */
const LONGEST = 200

/** A subject that records some states, to compare them when its image is run again. */
export class Replay implements ImageStepper {
  readonly #subject: Subject
  readonly #random: Random
  readonly #image: Image
  readonly #state = emptyRecord()
  #steps = 0
  #next: number
  readonly #longest: number
  #points: { at: number; hash: number }[] = []

  constructor(subject: Subject, image: Image, random: Random, longest = LONGEST) {
    this.#longest = longest
    this.#subject = subject.load(image)
    this.#image = image
    this.#random = random
    this.#next = 1 + random.below(longest)
  }

  step(): void {
    this.#subject.step()
    if (++this.#steps < this.#next) return
    this.#next = this.#steps + 1 + this.#random.below(this.#longest)
    if (this.#subject.adoptions === 0) {
      this.#subject.state(this.#state)
      this.#points.push({ at: this.#steps, hash: hashOf(this.#state) })
    }
  }

  state(into: StateRecord): void {
    this.#subject.state(into)
  }

  adopt(state: StateRecord): void {
    this.#subject.adopt(state)
  }

  memory(address: number, length: number): Uint8Array {
    return this.#subject.memory(address, length)
  }

  /** Runs the image again; returns the first difference from the first run. */
  departure(): Departure | undefined {
    const subject = this.#subject.load(this.#image)
    let done = 0
    for (const [n, { at, hash }] of this.#points.entries()) {
      for (let left = at - done; left > 0; ) left -= subject.run(left)
      subject.state(this.#state)
      if (hashOf(this.#state) !== hash) return this.#locate(this.#points.slice(0, n), at - done)
      done = at
    }
    return undefined
  }

  // Executes `extra` instructions at once after the last state that agreed, and the same number one at a time.
  #both(points: readonly { at: number }[], extra: number): [atOnce: StateRecord, singly: StateRecord] {
    const subject = this.#subject.load(this.#image)
    let done = 0
    const run = (to: number): void => {
      for (let left = to - done; left > 0; ) left -= subject.run(left)
      done = to
    }
    for (const { at } of points) run(at)
    run(done + extra)
    const atOnce = emptyRecord()
    subject.state(atOnce)
    subject.load(this.#image)
    for (let n = 0; n < done; n++) subject.step()
    const singly = emptyRecord()
    subject.state(singly)
    return [atOnce, singly]
  }

  #locate(points: readonly { at: number }[], length: number): Departure {
    const from = points.at(-1)?.at ?? 0
    let before = emptyRecord()
    for (let extra = 0; ; extra++) {
      const [actual, expected] = this.#both(points, extra)
      if (extra === length || hashOf(actual) !== hashOf(expected)) {
        const code = this.#subject.memory(before.r[15]! & ~1, 4).slice()
        return { index: from + extra - 1, instruction: code, before, expected, actual }
      }
      before = expected
    }
  }
}

function hashOf({ r, d, cpsr, fpscr }: StateRecord): number {
  let hash = cpsr ^ Math.imul(fpscr, 0x9e37_79b1)
  for (let i = 0; i < 16; i++) hash = Math.imul(hash ^ r[i]!, 0x85eb_ca6b) ^ (hash >>> 15)
  for (let i = 0; i < 64; i++) hash = Math.imul(hash ^ d[i]!, 0xc2b2_ae35) ^ (hash >>> 13)
  return hash | 0
}
