// Runs an image several times: one instruction at a time beside the reference, then many at a time, on every engine. An engine takes
// other paths if it does not stop after each instruction, and must reach the same states and the same memory.

import { emptyRecord, type StateRecord } from "../oracle/state-record.ts"
import type { Random } from "../support/random.ts"
import type { FuzzModel, Image } from "./image.ts"
import type { ImageStepper } from "./lockstep.ts"
import { type Change, Subject } from "./subject.ts"

/** An engine that repeats the run; a slow one stops after `most` instructions. */
export type Repeater = { readonly name: string; readonly subject: Subject; readonly most?: number }

/**
 * The first instruction, counted from the image's entry, after which a repetition has another state; or the address of a byte of
 * memory that differs at the end.
 */
export type Departure = {
  engine: string
  index: number
  instruction: Uint8Array
  before: StateRecord
  expected: StateRecord
  actual: StateRecord
  address?: number
}

/** A place in the run: a state to compare, by its hash, or changes from outside to make. */
type Stop = { readonly at: number; readonly hash?: number; readonly changes?: readonly Change[] }

/** Limit of instructions in one run of the replay, unless given. */
const LONGEST = 200

/** A subject that records some states, to compare them when its image is run again. */
export class Replay implements ImageStepper {
  readonly #subject: Subject
  readonly #random: Random
  readonly #image: Image
  readonly #repeaters: readonly Repeater[]
  readonly #longest: number
  readonly #stops: Stop[] = []
  #steps = 0
  #next: number

  constructor(subject: Subject, image: Image, random: Random, others: readonly Repeater[] = [], longest = LONGEST) {
    this.#longest = longest
    this.#subject = subject.load(image)
    this.#repeaters = [{ name: "the same engine", subject }, ...others]
    this.#image = image
    this.#random = random
    this.#next = 1 + random.below(longest)
  }

  step(): void {
    const { changes } = this.#subject
    if (changes.length > 0) {
      this.#stops.push({ at: this.#steps, changes })
      this.#subject.changes = []
    }
    this.#subject.step()
    if (++this.#steps < this.#next) return
    this.#next = this.#steps + 1 + this.#random.below(this.#longest)
    this.#stops.push({ at: this.#steps, hash: hashOf(this.#subject.whole()) })
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

  /** Runs the image again on every engine; returns the first difference from the first run. */
  departure(): Departure | undefined {
    const memory = Buffer.from(this.#subject.memory(0, this.#image.ramBytes).slice())
    for (const repeater of this.#repeaters) {
      const found = this.#departureOf(repeater, memory)
      if (found) return found
    }
    return undefined
  }

  #departureOf({ name, subject, most = Number.POSITIVE_INFINITY }: Repeater, memory: Buffer): Departure | undefined {
    subject.load(this.#image)
    let done = 0
    let agreed = 0
    for (const [n, { at, hash, changes }] of this.#stops.entries()) {
      if (at > most) return undefined
      done = runTo(subject, done, at)
      if (hash !== undefined && hashOf(subject.whole()) !== hash) {
        return { engine: name, ...this.#locate(subject, agreed, this.#stops.slice(0, n + 1)) }
      }
      agreed = at
      for (const change of changes ?? []) change(subject)
    }
    // The last changes from outside came before the last steps, if at all.
    if (this.#steps > most) return undefined
    runTo(subject, done, this.#steps)
    const own = Buffer.from(subject.memory(0, this.#image.ramBytes))
    if (own.equals(memory)) return undefined
    const address = own.findIndex((byte, at) => byte !== memory[at])
    const none = { before: emptyRecord(), expected: emptyRecord(), actual: emptyRecord() }
    return { engine: name, index: this.#steps, instruction: new Uint8Array(0), ...none, address }
  }

  /** Runs to the stops in order, and `extra` instructions beyond the last state that agreed. */
  #repeat(subject: Subject, stops: readonly Stop[], end: number, singly: boolean): StateRecord {
    subject.load(this.#image)
    let done = 0
    const run = (to: number): void => {
      if (singly) for (; done < to; done++) subject.step()
      else done = runTo(subject, done, to)
    }
    for (const { at, changes } of stops) {
      if (at > end) break
      run(at)
      if (at < end) for (const change of changes ?? []) change(subject)
    }
    run(end)
    const state = emptyRecord()
    subject.state(state)
    return state
  }

  #locate(subject: Subject, from: number, stops: readonly Stop[]): Omit<Departure, "engine"> {
    const to = stops.at(-1)!.at
    let before = emptyRecord()
    for (let end = from; ; end++) {
      const actual = this.#repeat(subject, stops, end, false)
      const expected = this.#repeat(this.#subject, stops, end, true)
      if (end === to || isDifferent(actual, expected)) {
        const code = this.#subject.memory(before.r[15]! & ~1, 4).slice()
        return { index: end - 1, instruction: code, before, expected, actual }
      }
      before = expected
    }
  }
}

function runTo(subject: Subject, done: number, to: number): number {
  for (let left = to - done; left > 0; ) left -= subject.run(left)
  return Math.max(done, to)
}

const isDifferent = (a: StateRecord, b: StateRecord): boolean =>
  a.cpsr !== b.cpsr ||
  a.fpscr !== b.fpscr ||
  Buffer.compare(new Uint8Array(a.r.buffer), new Uint8Array(b.r.buffer)) !== 0 ||
  Buffer.compare(new Uint8Array(a.d.buffer), new Uint8Array(b.d.buffer)) !== 0

function hashOf(bytes: Uint8Array): number {
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2)
  let hash = 0
  for (let i = 0; i < words.length; i++) hash = Math.imul(hash ^ words[i]!, 0x85eb_ca6b) ^ (hash >>> 15)
  return hash | 0
}

/** How many instructions of each batch other engines repeat; without a limit, all. */
export type Repeated = { readonly jit?: number; readonly evaluator?: number }

/** The other engines: a JIT that translates what is executed a second time, and the evaluator, which is slow. */
export function otherEngines(model: FuzzModel, ramBytes: number, repeated: Repeated): Repeater[] {
  const { jit = Number.POSITIVE_INFINITY, evaluator = Number.POSITIVE_INFINITY } = repeated
  const options = { tuning: { hotAfter: 1, regionsPerModule: 16, maxModules: 64 }, thorough: true }
  return [
    { name: "the JIT", subject: new Subject(model, ramBytes, "jit", options), most: jit },
    { name: "the evaluator", subject: new Subject(model, ramBytes, "evaluator"), most: evaluator },
  ]
}
