// From an image to a running machine: recognises the image, picks the board, loads everything, runs.

import type { Generated } from "../cpu/interpreter/generate.ts"
import type { Architecture } from "../cpu/isa/index.ts"
import type { JitOptions } from "../cpu/jit/options.ts"
import { CharLink } from "../devices/kit/index.ts"
import { decodeBlob, encodeBlob, ImageError, readStrings } from "../firmware/device-tree/index.ts"
import { hex, sizeText } from "../firmware/image-error.ts"
import {
  describeImage,
  describeTarget,
  isOfTarget,
  type Load,
  recognise,
  targetOf,
  unpack,
} from "../firmware/loader/index.ts"
import { printable } from "../firmware/printable.ts"
import { architectureOfTarget, architectures, type GuestArchitecture } from "./architectures/index.ts"
import type { Engine } from "./engine.ts"
import { readPrebuilt } from "./host/prebuilt.ts"
import { type DriveOptions, placeDrives } from "./machines/drives.ts"
import type { ExtraPart } from "./machines/extra-parts.ts"
import {
  type Board,
  type BoardKind,
  type FirmwareRequest,
  findMachine,
  MiB,
  machines,
  pickMachine,
} from "./machines/index.ts"
import { makeBoard } from "./machines/make-board.ts"
import { OutputRing } from "./output-ring.ts"
import { Session, type SessionOptions, type SessionResult } from "./session.ts"
import { createHost, type SessionHost, TimeoutError, within } from "./session-host.ts"

/** What to boot, and on what. */
export type BootOptions = Omit<SessionOptions, "onReset"> & {
  /** Kernel: ELF, zImage, Image, uImage or PE with EFI stub, or any of them compressed. */
  readonly image?: Uint8Array | undefined
  /** Firmware that the board starts with instead. */
  readonly bios?: Uint8Array | undefined
  readonly initrd?: Uint8Array | undefined
  /** Device tree blob; made from the board's parts if not given. */
  readonly dtb?: Uint8Array | undefined
  /** Kernel command line. */
  readonly append?: string | undefined
  /** Board: a name or one of your own; chosen to fit the image if not given. */
  readonly machine?: string | BoardKind | undefined
  /** Parts to add to the board. */
  readonly devices?: readonly ExtraPart[] | undefined
  /** Hard disks and CD-ROM drives. */
  readonly drives?: readonly DriveOptions[] | undefined
  readonly cpu?: string | undefined
  /** Bytes of RAM; the board's usual size if not given. */
  readonly memoryBytes?: number | undefined
  /** Instructions that make a second of virtual time: 1e9 if not given. */
  readonly clockRate?: number | undefined
  /** Time of day at power-on, in seconds since 1970; a fixed day if not given, so that runs are alike. */
  readonly epochSeconds?: number | undefined
  readonly semihosting?: boolean | undefined
  /**
   * What runs the guest, with the same results: "jit", unless given, translates the code that the interpreter finds hot;
   * "evaluator" decodes and evaluates each instruction anew: slow and plain, for comparison.
   */
  readonly engine?: Engine | undefined
  /** How eagerly the JIT translates. */
  readonly jit?: JitOptions | undefined
  /** Interpreters made in advance, by architecture; unless given, those of `npm run build`. Missing ones are made now. */
  readonly generated?: ((arch: Architecture) => Generated | undefined) | undefined
  /** Counts how often each handler of the interpreter is executed. */
  readonly profile?: boolean | undefined
  /** False ends the run when the guest asks for a reset (outcome "off"), instead of starting it again. */
  readonly reboot?: boolean | undefined
  readonly onLog?: ((message: string) => void) | undefined
  readonly host?: SessionHost | undefined
}

/** A machine with its guest loaded. */
export type Booted = {
  readonly architecture: GuestArchitecture
  readonly board: Board
  readonly console: CharLink
  readonly session: Session
  /** What was loaded where, one sentence each; `--trace notes` prints them. */
  readonly notes: readonly string[]
  run(): Promise<SessionResult>
}

/** Noon of the first day of 2024: the time of day at power-on unless chosen. */
const EPOCH = 1_704_110_400
const MEMORY_MINIMUM = MiB

/**
 * Puts a machine together and loads the guest. Bad input throws an ImageError with one line. Throws a TimeoutError if
 * unpacking takes longer than `timeoutSeconds`.
 */
export async function prepare(options: BootOptions): Promise<Booted> {
  const { timeoutSeconds, host = createHost() } = options
  const startedMs = options.startedMs ?? (timeoutSeconds === undefined ? undefined : host.now())
  const deadlineMs = timeoutSeconds === undefined ? Number.POSITIVE_INFINITY : startedMs! + 1000 * timeoutSeconds
  const { image: given } = options
  const image =
    given &&
    (await within(host, deadlineMs, `${timeoutSeconds} seconds have passed while loading`, () =>
      unpack(given, { limit: unpackLimit(options) }),
    ))
  const kind = options.machine === undefined ? machineFor(image, options.dtb) : chosenMachine(options.machine)
  const hasPrompt = kind.hasFirmware ?? false
  const takesKernel = options.bios === undefined || (kind.biosTakesKernel ?? false)
  if (image && !takesKernel)
    throw new ImageError(
      "A kernel and a firmware were given; the firmware would not find the kernel: give one of them.",
    )
  if (!image && !options.bios && !hasPrompt)
    throw new ImageError("There is nothing to boot: give an image or a firmware.")
  if (!image && options.bios && (options.initrd || options.append !== undefined))
    throw new ImageError(
      "An initrd or a command line was given with a firmware, which would not find it: leave it out.",
    )
  const notes: string[] = []
  let session: Session | undefined
  const console = new CharLink((byte) => session?.output(byte))
  const { architecture } = kind
  const kernel =
    image && options.bios ? { kernel: image, initrd: options.initrd, commandLine: options.append } : undefined
  const board = createBoard(kind, options, console, kernel)
  const load = () => {
    if (options.bios) loadFirmware(board, options)
    else if (image) loadKernel(architecture, board, image, options, notes)
    // A disk or a disc is there to be booted.
    else board.firmware?.startPrompt(options.drives?.length ? "boot" : undefined)
  }
  load()
  const onReset = () => {
    board.machine.reset()
    load()
  }
  session = new Session(
    board.machine,
    console,
    { ...options, startedMs, ...(options.reboot === false ? {} : { onReset }) },
    host,
  )
  const running = session
  return { architecture, board, console, session, notes, run: () => running.run() }
}

/** Bytes that an image may unpack to: a kernel must fit into RAM. */
function unpackLimit({ memoryBytes, machine }: BootOptions): number {
  if (memoryBytes !== undefined) return Math.max(memoryBytes, MEMORY_MINIMUM)
  // The image itself may choose the machine.
  const kinds = machine === undefined ? Object.values(machines) : [chosenMachine(machine)]
  return Math.max(...kinds.map(({ defaultMemoryBytes }) => defaultMemoryBytes))
}

function createBoard(
  kind: BoardKind,
  options: BootOptions,
  console: CharLink,
  kernel: FirmwareRequest | undefined,
): Board {
  const { name } = kind
  const memoryBytes = options.memoryBytes ?? kind.defaultMemoryBytes
  if (!(memoryBytes >= MEMORY_MINIMUM && memoryBytes <= kind.maximumMemoryBytes && memoryBytes % 4096 === 0)) {
    const most = kind.maximumMemoryBytes / MiB
    throw new ImageError(`${name} takes 1 to ${most} MiB of memory in whole pages, not ${memoryBytes / MiB} MiB.`)
  }
  if (options.cpu !== undefined && !kind.cpus.includes(options.cpu)) {
    throw new ImageError(`${name} has no CPU ${options.cpu}; it takes ${kind.cpus.join(", ")}.`)
  }
  if (options.bios && !kind.biosBytes) throw new ImageError(`${name} has no place for a firmware image.`)
  if (options.bios && options.bios.length > kind.biosBytes!) {
    throw new ImageError(`The firmware is ${options.bios.length} bytes; ${name} has room for ${kind.biosBytes}.`)
  }
  const chosen = {
    memoryBytes,
    cpu: options.cpu,
    clockRate: options.clockRate ?? 1e9,
    epochSeconds: options.epochSeconds ?? EPOCH,
    semihosting: options.semihosting ?? false,
    profile: options.profile ?? false,
    engine: options.engine ?? "jit",
    jit: options.jit,
    generated: options.generated ?? readPrebuilt,
    bios: options.bios,
    kernel,
    drives: placeDrives(kind, options.drives ?? []),
    console,
    log: (message: string) => options.onLog?.(printable(message)),
  }
  return makeBoard(kind, chosen, options.devices)
}

const chosenMachine = (machine: string | BoardKind): BoardKind =>
  typeof machine === "string" ? findMachine(machine) : machine

function machineFor(image: Uint8Array | undefined, dtb: Uint8Array | undefined): BoardKind {
  const target = image && targetOf(recognise(image))
  const architecture = target && architectureOfTarget(target)
  if (target && !architecture) {
    const taken = architectures.map(({ takes }) => describeTarget(takes)).join("; ")
    throw new ImageError(`The image is for ${describeTarget(target)}; the machines here run ${taken}.`)
  }
  return pickMachine(architecture, dtb ? readStrings(decodeBlob(dtb).root.properties["compatible"] ?? true) : [])
}

function loadKernel(
  architecture: GuestArchitecture,
  board: Board,
  image: Uint8Array,
  options: BootOptions,
  notes: string[],
): void {
  const kind = recognise(image)
  const target = targetOf(kind)
  const { machine, cpu, ramBase, ramBytes, handover } = board
  if (target && !isOfTarget(target, architecture.takes)) {
    const taken = describeTarget(architecture.takes)
    throw new ImageError(`The image is for ${describeTarget(target)}; ${machine.name} runs ${taken}.`)
  }
  const what = describeImage(kind)
  // A kernel with a device tree of its own is started by that tree.
  if (board.firmware && !options.dtb) {
    const request = { kernel: image, initrd: options.initrd, commandLine: options.append }
    notes.splice(0, notes.length, ...[what, ...board.firmware.startKernel(request)].map(printable))
    return
  }
  const placement = architecture.placeKernel({
    kernel: image,
    initrd: options.initrd,
    commandLine: options.append,
    deviceTree: options.dtb ?? (board.deviceTree && { root: board.deviceTree }),
    ramBase,
    ramBytes,
    handover,
  })
  notes.splice(0, notes.length, ...[what, ...placement.notes].map(printable))
  loadAll(board, placement.loads)
  cpu.start(placement.entry, placement.registers)
}

// A firmware starts at the reset vector and finds the device tree at the start of RAM, as under QEMU.
function loadFirmware(board: Board, options: BootOptions): void {
  if (options.dtb) decodeBlob(options.dtb)
  const tree = options.dtb ?? (board.deviceTree && encodeBlob(board.deviceTree))
  if (tree) put(board, board.ramBase, tree)
  loadAll(board, board.loads ?? [])
}

function loadAll(board: Board, loads: readonly Load[]): void {
  for (const { address, bytes, size } of loads) {
    put(board, address, bytes)
    // After a reset, RAM holds what the guest wrote; and segments may overlap.
    if (!board.cpu.clear(address + bytes.length, size - bytes.length)) throw noMemory(board, address, size)
  }
}

function put(board: Board, address: number, bytes: Uint8Array): void {
  if (board.cpu.write(address, bytes)) return
  throw noMemory(board, address, bytes.length)
}

function noMemory({ machine }: Board, address: number, bytes: number): ImageError {
  return new ImageError(`${machine.name} has no memory for the ${sizeText(bytes)} at ${hex(address)}.`)
}

/** Bytes of the console's output that `boot` returns at most: the last ones. */
const OUTPUT_LIMIT = 16 * MiB

/** The result of a run with what the console showed. */
export type BootResult = SessionResult & {
  /** The console's output as UTF-8 text; if it was more than 16 MiB, the last 16 MiB. */
  readonly output: string
  /** Bytes of output that came before `output` and were dropped. */
  readonly outputDropped: number
}

/** Boots a guest and runs it to its end; see `BootOptions` for what ends it. */
export async function boot(options: BootOptions): Promise<BootResult> {
  const ring = new OutputRing(OUTPUT_LIMIT)
  const onOutput = (byte: number) => {
    ring.push(byte)
    options.onOutput?.(byte)
  }
  const result = await prepare({ ...options, onOutput }).then(({ run }) => run(), notLoaded)
  const { text, dropped } = ring.text()
  return { ...result, output: text, outputDropped: dropped }
}

/** The result when the guest was not loaded in time. */
function notLoaded(error: unknown): SessionResult {
  if (!(error instanceof TimeoutError)) throw error
  return { outcome: "limit", reason: error.message, status: undefined, instructions: 0, virtualSeconds: 0 }
}
