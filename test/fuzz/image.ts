// Packs many random programs into one memory image, which a CPU runs from end to end by itself.
//
// The image loads the state of each program, runs it, continues after faults, reads the registers that the program's mode hid, and
// takes the next. So one run of the reference serves thousands of programs. Every instruction in it is compared, harness included.

import type { Segment } from "../oracle/trace.ts"
import { Random } from "../support/random.ts"
import { harness } from "./harness-words.ts"
import {
  CURSOR_AT,
  DESCRIPTOR_BYTES,
  DOUBLES_AT,
  FIRST_DESCRIPTOR_AT,
  HARNESS_AT,
  type Layout,
  layOut,
  PC_AT,
  type Region,
  SECTION,
  TABLE_AT,
} from "./layout.ts"
import { DACR, highVectors, pageTables } from "./page-table.ts"
import { type ProgramState, randomState, type StartMode, type StateOptions } from "./seed-state.ts"

/** A program: its code, which ends by running off its end, and for each run a state or a seed for one. */
export type Program = {
  words: Uint8Array
  thumb: boolean
  seedState: number | ProgramState | readonly (number | ProgramState)[]
  /** Registers that random states point at its data, and registers that they set to small offsets. */
  pointers?: readonly number[]
  indexes?: readonly number[]
}

export type ImageOptions = {
  /** Seed of the data's bytes, also mixed into the seeds of the states. */
  seed: number
  cpu?: FuzzModel
  /**
   * Whether the MMU is on, with sections that refuse accesses (layout.ts). Without this the Cortex-A15 runs with its MMU off. The ARM926
   * needs the MMU to move its vectors out of the programs' reach, so it runs with all of the address space open.
   */
  mmu?: boolean
  /** Modes in which random states start. */
  modes?: readonly StartMode[]
  /** SCTLR.A of random states. */
  alignmentFaults?: "on" | "off" | "mixed"
  /** Whether to read banked and system registers after each program. */
  exposeSystem?: boolean
  /** Whether to give system registers their first values before each program. */
  resetSystem?: boolean
  /** Bytes of data of each run. */
  dataBytes?: number
  ramBase?: number
  ramBytes?: number
}

/** One execution of a program. `code` and `end` bound its code; `program` is its index in the given list. */
export type ProgramRun = {
  program: number
  code: number
  end: number
  thumb: boolean
  data: number
  state: ProgramState
}

export type Image = {
  segments: readonly Segment[]
  /** Address to start at, in ARM state and a privileged mode. */
  entry: number
  layout: Layout
  cpu: FuzzModel
  ramBytes: number
  runs: readonly ProgramRun[]
  /** Absolute addresses of the harness's labels. Each run passes `next` once; at `done` the image spins. */
  symbols: ReadonlyMap<string, number>
}

/** Ends a program in either instruction set, from any halfword on: `svc 0xdf7e` with `svc 0x7e`, then `svcle`, `svc 0x7e` twice. */
export const FILL = Uint32Array.of(0xef00_df7e, 0xdf7e_df7e)
const ARM_END = Uint32Array.of(0xef00_007e)
/** The end of a Thumb program: longer than an IT block, which could skip a part of it. */
const THUMB_END = Uint16Array.of(0xdf7e, 0xdf7e, 0xdf7e, 0xdf7e, 0xdf7e, 0xdf7e)

/** SCTLR without M, A and V: as the Cortex-A15 and the ARM926EJ-S reset it. */
const SCTLR = { "cortex-a15": 0x00c5_0078, arm926: 0x0009_0078 } as const

/** A CPU model that programs are made for. */
export type FuzzModel = keyof typeof SCTLR

const bytesOf = (words: Uint32Array | Uint16Array): Uint8Array =>
  new Uint8Array(words.buffer, words.byteOffset, words.byteLength)
const roundUp = (value: number, unit: number): number => Math.ceil(value / unit) * unit

/** Builds the image; the same programs and options give the same bytes. Throws a RangeError if they do not fit `ramBytes`. */
export function buildImage(programs: readonly Program[], options: ImageOptions): Image {
  const cpu = options.cpu ?? "cortex-a15"
  const version = cpu === "cortex-a15" ? 7 : 5
  const mmu = options.mmu ?? false
  const dataBytes = roundUp(options.dataBytes ?? 1024, 16)
  const ramBase = options.ramBase ?? 0
  const random = new Random(options.seed)

  const offsets: { code: number; exit: number }[] = []
  let codeBytes = 0
  for (const { words, thumb } of programs) {
    const exit = codeBytes + roundUp(words.length, thumb ? 2 : 4)
    offsets.push({ code: codeBytes, exit })
    codeBytes = roundUp(exit + (thumb ? THUMB_END.byteLength : 4), 8)
  }
  const planned = programs.flatMap(({ seedState }, program) => {
    const states = typeof seedState === "object" && "length" in seedState ? seedState : [seedState]
    return states.map((state) => ({ program, state }))
  })
  const layout = layOut({
    ramBase,
    descriptors: planned.length * DESCRIPTOR_BYTES,
    // Branches that overshoot the last program must find code.
    code: codeBytes + 4096,
    data: planned.length * dataBytes,
    mmu,
  })
  const ramBytes = options.ramBytes ?? layout.end - ramBase
  if (layout.end > ramBase + ramBytes) {
    throw new RangeError(`the image needs ${(layout.end - ramBase) / SECTION} MiB of RAM and has ${ramBytes / SECTION}`)
  }

  const code = new Uint32Array(layout.code.bytes / 4).map((_, i) => FILL[i & 1]!)
  const codeView = bytesOf(code)
  programs.forEach(({ words, thumb }, i) => {
    codeView.set(words, offsets[i]!.code)
    codeView.set(bytesOf(thumb ? THUMB_END : ARM_END), offsets[i]!.exit)
  })

  const stateOptions: StateOptions = {
    modes: options.modes ?? ["usr"],
    sctlr: SCTLR[cpu] | (mmu ? 1 : 0) | (version === 5 ? 0x2001 : 0),
    alignmentFaults: options.alignmentFaults ?? "mixed",
    version,
  }
  const runs = planned.map(({ program, state }, i): ProgramRun => {
    const { thumb, ...purposes } = programs[program]!
    const { code: from, exit } = offsets[program]!
    const end = layout.code.address + exit
    const data = { address: layout.data.address + i * dataBytes, bytes: dataBytes }
    const around = { layout, data, exit: end + (thumb ? 1 : 0), mmu, ...purposes }
    const seeded =
      typeof state === "number" ? randomState(new Random(state ^ options.seed), thumb, around, stateOptions) : state
    return { program, code: layout.code.address + from, end, thumb, data: data.address, state: seeded }
  })

  const contents = new Uint8Array(planned.length * dataBytes)
  random.fill(contents)
  // Wherever a wild branch lands outside the data, it ends the program soon.
  const fill = bytesOf(new Uint32Array(SECTION / 4).map((_, i) => FILL[i & 1]!))
  const fillOf = ({ address, bytes }: Region): Segment[] =>
    Array.from({ length: bytes / SECTION }, (_, i) => ({ address: address + i * SECTION, bytes: fill }))
  const probes = layout.probes.map(({ address }): Segment => {
    const bytes = fill.slice()
    for (const edge of [bytes.subarray(0, 256), bytes.subarray(-256)]) random.fill(edge)
    return { address, bytes }
  })
  const system = systemRegion(layout, version, runs.length, { ...options, mmu })
  const segments: Segment[] = [
    // virt has its device tree there.
    ...(ramBase === 0 ? [{ address: 0, bytes: fill }] : []),
    ...[layout.system, layout.descriptors].flatMap(fillOf),
    ...fillOf({ address: layout.end, bytes: ramBase + ramBytes - layout.end }),
    ...system.segments,
    { address: firstDescriptor(layout), bytes: bytesOf(descriptors(runs)) },
    { address: layout.code.address, bytes: codeView },
    { address: layout.data.address, bytes: contents },
    ...probes,
  ]
  return { segments, entry: system.symbols.get("start")!, layout, cpu, ramBytes, runs, symbols: system.symbols }
}

const firstDescriptor = (layout: Layout): number => layout.descriptors.address + FIRST_DESCRIPTOR_AT

/** The descriptors, in the harness's order: SCTLR, CPSR, bank mode, its sp, lr, FPSCR, SPSR, nothing, r0 to r12, pc, D0 to D31. */
function descriptors(runs: readonly ProgramRun[]): Uint32Array {
  const words = new Uint32Array((runs.length * DESCRIPTOR_BYTES) / 4)
  runs.forEach(({ code, state }, i) => {
    const at = (i * DESCRIPTOR_BYTES) / 4
    const mode = state.cpsr & 0x1f
    // User mode shares its sp and lr with system mode, which code can enter and leave; neither has an SPSR.
    const shared = mode === 0x10 || mode === 0x1f
    words.set([state.sctlr, state.cpsr, 0xc0 | (shared ? 0x1f : mode), state.r[13]!, state.r[14]!, state.fpscr], at)
    words[at + 6] = shared ? 0 : state.spsr
    words.set(state.r.subarray(0, 13), at + 8)
    words[at + PC_AT / 4] = code
    words.set(state.d, at + DOUBLES_AT / 4)
  })
  return words
}

function systemRegion(
  layout: Layout,
  version: 5 | 7,
  runs: number,
  options: ImageOptions & { mmu: boolean },
): { segments: Segment[]; symbols: Map<string, number> } {
  const { words, labels } = harness(version)
  const base = layout.system.address + HARNESS_AT
  const cursor = layout.descriptors.address + CURSOR_AT
  const symbols = new Map([...labels].map(([name, at]) => [name, base + at]))
  const at = (label: string): number => symbols.get(label)!
  const first = options.resetSystem === false ? at("next") : at("setup")
  const slots: Readonly<Record<string, number>> = {
    reset_target: at("leave"),
    undefined_target: at("undefined"),
    supervisor_target: at("supervisor"),
    prefetch_target: at("prefetch"),
    data_target: at("data"),
    hyp_target: at("leave"),
    irq_target: at("leave"),
    fiq_target: at("leave"),
    end_target: options.exposeSystem === false ? first : at("epilogue"),
    after_epilogue: first,
    vector_base: base,
    table_base: layout.system.address + TABLE_AT,
    domains: DACR,
    cursor_address: cursor,
    last_descriptor: firstDescriptor(layout) + runs * DESCRIPTOR_BYTES,
    // ARMv7 finds its vectors by VBAR and needs no copy, so the copy goes to unused memory.
    low_vectors: version === 7 ? cursor + 64 : highVectors(layout),
  }
  for (const [label, value] of Object.entries(slots)) words[labels.get(label)! / 4] = value
  return {
    segments: [
      { address: base, bytes: bytesOf(words) },
      { address: cursor, bytes: bytesOf(Uint32Array.of(firstDescriptor(layout))) },
      ...pageTables(layout, version, options.mmu).map(({ address, words: table }) => ({
        address,
        bytes: bytesOf(table),
      })),
    ],
    symbols,
  }
}

/** The same image, starting at a later run. */
export function startingAt(image: Image, run: number): Image {
  const address = image.layout.descriptors.address + CURSOR_AT
  const cursor = Uint32Array.of(firstDescriptor(image.layout) + run * DESCRIPTOR_BYTES)
  return {
    ...image,
    segments: image.segments.map((segment) =>
      segment.address === address ? { address, bytes: bytesOf(cursor) } : segment,
    ),
  }
}

/** The same image without its last runs: it ends before the given one. */
export function stoppingBefore(image: Image, run: number): Image {
  const limit = Uint32Array.of(firstDescriptor(image.layout) + run * DESCRIPTOR_BYTES)
  return patched(image, image.symbols.get("last_descriptor")!, bytesOf(limit))!
}

/** The same image, in which programs end at an instruction; undefined if no code was loaded there. */
export function endingAt(image: Image, pc: number, thumb: boolean): Image | undefined {
  return patched(image, pc, bytesOf(thumb ? THUMB_END.subarray(0, 1) : ARM_END))
}

function patched(image: Image, address: number, bytes: Uint8Array): Image | undefined {
  const last = image.segments.findLast(
    (s) => address >= s.address && address + bytes.length <= s.address + s.bytes.length,
  )
  if (!last) return undefined
  const segments = image.segments.map((segment) => {
    if (segment !== last) return segment
    const copy = segment.bytes.slice()
    copy.set(bytes, address - segment.address)
    return { address: segment.address, bytes: copy }
  })
  return { ...image, segments }
}

/** The same image, with some runs starting at their ends. */
export function withoutRuns(image: Image, runs: ReadonlySet<number>): Image {
  const address = firstDescriptor(image.layout)
  const segments = image.segments.map((segment) => {
    if (segment.address !== address) return segment
    const bytes = segment.bytes.slice()
    const view = new DataView(bytes.buffer)
    for (const n of runs) view.setUint32(n * DESCRIPTOR_BYTES + PC_AT, image.runs[n]!.end, true)
    return { address, bytes }
  })
  return { ...image, segments }
}

/** The image's bytes at an address, as loaded; empty outside its segments. */
export function bytesAt(image: Image, address: number, length: number): Uint8Array {
  const found = image.segments.findLast(
    (segment) => address >= segment.address && address < segment.address + segment.bytes.length,
  )
  return found ? found.bytes.slice(address - found.address, address - found.address + length) : new Uint8Array(0)
}
