// The contract that every part keeps, as checks that run against any part (see ../README.md).
import { VirtualClock } from "./clock.ts"
import type { Instance, Region } from "./device.ts"
import { CharLink, type Line, type MemoryPort } from "./ports.ts"

/** A test bench: a clock, and wires, ports and a log that record what a part does with them. */
export class TestBench {
  readonly clock = new VirtualClock()
  /** Every call of a line, as `name=level`. */
  readonly sets: string[] = []
  /** Every change of a line, as `time name=level`. */
  readonly edges: string[] = []
  readonly messages: string[] = []
  readonly sent: number[] = []
  /** The present level of every line that has ever been high. */
  levels: { [name: string]: boolean } = {}

  readonly log = (message: string): void => {
    this.messages.push(message)
  }

  readonly line = (name: string): Line => ({
    set: (level) => {
      this.sets.push(`${name}=${Number(level)}`)
      if ((this.levels[name] ?? false) === level) return
      this.levels[name] = level
      this.edges.push(`${this.clock.nowNs()} ${name}=${Number(level)}`)
    },
  })

  /** Physical memory at address 0 with these contents. A write changes them, unless they are constant. */
  readonly memory = (bytes: Uint8Array, { isConstant = false } = {}): MemoryPort => ({
    read(address, into) {
      if (address + into.length > bytes.length) return false
      into.set(bytes.subarray(address, address + into.length))
      return true
    },
    write(address, from) {
      if (address + from.length > bytes.length) return false
      if (!isConstant) bytes.set(from, address)
      return true
    },
  })

  readonly port = (): CharLink => new CharLink((byte) => this.sent.push(byte))
}

/** A part to check: how to make one, its inputs, and how much state (bytes of JSON) a guest may make it hold. */
export interface Subject {
  readonly name: string
  create(bench: TestBench): Instance<string>
  readonly inputs?: number
  readonly stateBytes?: number
}

/** One rule of the contract; `check` throws an Error that says how the part breaks it. */
export interface ContractCase {
  readonly rule: string
  check(): void
}

/** The rules that a part must keep, ready to run; the same seed gives the same accesses. */
export function contract(subject: Subject, seed = 1): readonly ContractCase[] {
  const make = () => {
    const bench = new TestBench()
    const part = subject.create(bench)
    return { bench, part, random: generator(seed) }
  }
  return [
    {
      rule: "reset equals fresh state",
      check() {
        const { bench, part, random } = make()
        traffic(subject, bench, part, random, 500)
        const old = part.snapshot() as { [key: string]: unknown }
        part.reset()
        const other = new TestBench()
        other.clock.advanceTo(bench.clock.nowNs())
        const fresh = subject.create(other).snapshot() as { [key: string]: unknown }
        for (const key of part.kept) fresh[key] = old[key]
        same(part.snapshot(), fresh, "state after reset")
      },
    },
    {
      rule: "a restored snapshot behaves as the original did",
      check() {
        const { bench, part, random } = make()
        traffic(subject, bench, part, random, 300)
        const saved = JSON.stringify(part.snapshot())
        const savedNs = bench.clock.nowNs()
        const follow = () => {
          const from = bench.edges.length
          const reads = traffic(subject, bench, part, generator(seed + 1), 300)
          bench.clock.advanceTo(bench.clock.nowNs() + 1e9)
          return { reads, edges: bench.edges.slice(from), end: part.snapshot() }
        }
        const levels = { ...bench.levels }
        const first = follow()
        traffic(subject, bench, part, random, 300)
        bench.clock.restore(savedNs)
        part.restore(JSON.parse(saved))
        bench.levels = levels
        same(JSON.stringify(part.snapshot()), saved, "state after restore")
        same(follow(), first, "behaviour after restore")
      },
    },
    {
      rule: "restore drives no line",
      check() {
        const { bench, part, random } = make()
        const saved = part.snapshot()
        traffic(subject, bench, part, random, 500)
        const before = bench.sets.length
        part.restore(saved)
        same(bench.sets.length, before, "calls of lines")
      },
    },
    {
      rule: "an undefined access is logged, reads as 0 and changes nothing",
      check() {
        const { bench, part } = make()
        for (const region of regionsOf(part)) {
          const bad = [
            [region.size, 4],
            [region.size - 1, 2],
            [1, 4],
            [0, 3],
            [0, 8],
            [-4, 4],
            [0.5, 1],
            [Number.NaN, 4],
          ]
          if (region === part && part.map.length > 0) bad.push(...undefinedWords(part).map((at) => [at, 4]))
          for (const [offset, size] of bad as [number, number][]) {
            const state = JSON.stringify(part.snapshot())
            bench.messages.length = 0
            same(region.read(offset, size), 0, `read of ${size} at ${offset}`)
            region.write(offset, size, 0xffff_ffff)
            same(bench.messages.length, 2, `messages for accesses of ${size} at ${offset}`)
            same(JSON.stringify(part.snapshot()), state, `state after accesses of ${size} at ${offset}`)
          }
        }
      },
    },
    {
      rule: "hostile accesses neither throw nor fill memory",
      check() {
        const { bench, part, random } = make()
        const limit = subject.stateBytes ?? 16384
        for (let round = 0; round < 10; round++) {
          for (const value of traffic(subject, bench, part, random, 1000)) {
            if (!(Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff)) throw new Error(`read gave ${value}`)
          }
          const bytes = JSON.stringify(part.snapshot()).length
          if (bytes > limit) throw new Error(`state grew to ${bytes} bytes`)
          // An alarm that rearms itself without being served would keep this loop busy for hours.
          bench.clock.advanceTo(bench.clock.nowNs() + 1e13)
          if (bench.clock.armedCount > 64) throw new Error(`${bench.clock.armedCount} alarms are armed`)
        }
      },
    },
    {
      rule: "the same accesses give the same results",
      check() {
        const [a, b] = [make(), make()]
        same(
          traffic(subject, a.bench, a.part, a.random, 500),
          traffic(subject, b.bench, b.part, b.random, 500),
          "reads",
        )
        same(a.bench.edges, b.bench.edges, "edges")
      },
    },
  ]
}

function regionsOf(part: Instance<string>): Region[] {
  return [part, ...Object.values(part.regions), ...(part.pci ? [part.pci.configuration] : [])]
}

/** Undefined words of a part that are tried at most, spread over its region. */
const UNDEFINED_WORDS = 1024

function undefinedWords(part: Instance<string>): number[] {
  const defined = new Set(part.map.map(({ at }) => at & ~3))
  const words: number[] = []
  for (let at = 0; at < part.size; at += 4) if (!defined.has(at)) words.push(at)
  const step = Math.ceil(words.length / UNDEFINED_WORDS)
  return words.filter((_, n) => n % step === 0)
}

/** Random reads, writes, inputs and passing of time; returns what was read. */
function traffic(
  subject: Subject,
  bench: TestBench,
  part: Instance<string>,
  random: () => number,
  count: number,
): number[] {
  const reads: number[] = []
  const regions = regionsOf(part)
  const values = [0, 1, 0xffff_ffff, 0xff, 0x1000]
  for (let n = 0; n < count; n++) {
    const region = regions[random() % regions.length]!
    const size = 1 << (random() % 3)
    const listed = region === part && part.map.length > 0 && random() % 8 !== 0
    const at = listed ? part.map[random() % part.map.length]!.at : random() % region.size
    const offset = at - (at % size)
    const action = random() % 10
    if (action < 4) reads.push(region.read(offset, size))
    else if (action < 8) region.write(offset, size, values[random() % 10] ?? random())
    else if (action < 9 && subject.inputs !== undefined) part.input(random() % subject.inputs).set(random() % 2 === 0)
    else bench.clock.advanceTo(bench.clock.nowNs() + (random() % 3_000_000))
  }
  return reads
}

/** A small generator of 32-bit numbers (xorshift with a Weyl sequence). */
function generator(seed: number): () => number {
  let state = (seed * 0x9e37_79b9) | 1
  let weyl = 0
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    weyl = (weyl + 0x6d2b_79f5) | 0
    const sum = (state + weyl) | 0
    return (sum ^ (sum >>> 15)) >>> 0
  }
}

function same(actual: unknown, expected: unknown, what: string): void {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)]
  if (a === b) return
  let at = 0
  while (a[at] === b[at]) at++
  const around = (text: string) => text.slice(Math.max(0, at - 60), at + 60)
  throw new Error(`${what}: ${around(a)} is not ${around(b)}`)
}
