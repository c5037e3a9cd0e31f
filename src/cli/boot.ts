// `emu boot`: boots an image on a machine, with this terminal as its console.

import type { ArgumentsCamelCase, Argv, InferredOptionTypes } from "yargs"
import { ImageError } from "../../firmware/image-error.ts"
import { type Booted, prepare } from "../boot.ts"
import { SignalTrap } from "../host/signals.ts"
import { openTerminal } from "../host/terminal.ts"
import { findMachine } from "../machines/index.ts"
import type { PanicAction } from "../panic.ts"
import type { SessionResult } from "../session.ts"
import { createHost, type SessionHost, within } from "../session-host.ts"
import { bootOptions } from "./boot-options.ts"
import { ConsoleOutput } from "./console-output.ts"
import { openDrives } from "./drives.ts"
import { RegionDumps } from "./dump-region.ts"
import { OutputError, report, reportError } from "./errors.ts"
import { EXIT, exitCodeOf } from "./exit-codes.ts"
import { parseCount, parseMemory, parsePattern, parseSeconds, parseText, readOptional } from "./input.ts"
import { loadMachine, loadParts } from "./plug-in.ts"
import { checkScreenshot, takeScreenshot } from "./screenshot.ts"
import { watchNoLonger } from "./standard-output.ts"
import { formatStats } from "./stats.ts"
import { guestSymbols, Symbols } from "./symbols.ts"
import { UsageError } from "./usage-error.ts"

export const options = bootOptions

type BootArguments = ArgumentsCamelCase<InferredOptionTypes<typeof bootOptions> & { image: string | undefined }>

export function command(parser: Argv, done: (status: number) => void): void {
  parser.command(
    "boot [image]",
    "boot a kernel or firmware; without an image, the monitor that comes with emu",
    (y) => y.positional("image", { type: "string" }).options(options),
    async (args) => done(await boot(args)),
  )
}

/** When the command must have ended. */
type Limit = { readonly startedMs: number; readonly deadlineMs: number; readonly seconds: number | undefined }

/** A guest that is ready to run, and what is printed at its end. */
type Loaded = { readonly booted: Booted; readonly symbols: Symbols; readonly dumps: RegionDumps | undefined }

async function boot(args: BootArguments): Promise<number> {
  const host = createHost()
  const seconds = parseSeconds(args.timeout, "timeout")
  const startedMs = host.now()
  const deadlineMs = seconds === undefined ? Number.POSITIVE_INFINITY : startedMs + 1000 * seconds
  const limit = { startedMs, deadlineMs, seconds }
  const isInteractive = process.stdin.isTTY === true && !args.expect
  const ends: { session?: Booted["session"]; trap?: SignalTrap } = {}
  watchNoLonger()
  const output = new ConsoleOutput(args.serial, () => {
    // A terminal that was closed.
    if (output.failure?.code === "EIO" && process.stdout.isTTY) ends.trap?.take("SIGHUP")
    ends.session?.quitAfterSlice()
  })
  const loading = `${seconds} seconds have passed while loading`
  const loaded = await within(host, deadlineMs, loading, () => load(args, { host, limit, isInteractive, output }))
  const { booted } = loaded
  ends.session = booted.session
  let close = () => {}
  const trap = new SignalTrap(
    () => booted.session.quit(),
    () => close(),
  )
  ends.trap = trap
  let result: SessionResult
  try {
    if (args.serial === "stdio" && (isInteractive || !process.stdin.isTTY))
      close = openTerminal(booted.console, {
        quit: () => booted.session.quit(),
        hangUp: () => trap.take("SIGHUP"),
        wake: () => booted.session.wake(),
      })
    result = await booted.run()
  } finally {
    close()
    await output.finish(host, () => trap.caught !== undefined || host.now() >= deadlineMs)
  }
  if (trap.caught) return trap.raise()
  trap.release()
  return conclude(result, { output, limit, isStats: args.stats, screenshot: args.screenshot, ...loaded })
}

type Surroundings = {
  readonly host: SessionHost
  readonly limit: Limit
  readonly isInteractive: boolean
  readonly output: ConsoleOutput
}

async function load(args: BootArguments, { host, limit, isInteractive, output }: Surroundings): Promise<Loaded> {
  if (parseCount(args.smp, "smp", 1) !== 1)
    throw new ImageError(`--smp ${args.smp} is not possible yet: the machines have one CPU.`)
  const trace = new Set(args.trace as string[] | undefined)
  const machine = await loadMachine(args.machine)
  const kind = typeof machine === "string" ? findMachine(machine) : machine
  const isGiven = args.image !== undefined || args.bios !== undefined
  const comes =
    !isGiven && (args.arch !== undefined || !kind?.hasFirmware) ? await import("./default-guest.ts") : undefined
  const usual = comes?.defaultGuest(args.arch ?? "arm", isInteractive)
  if (usual && kind) comes?.requireItsBoard(usual, kind)
  const image = (await readOptional(args.image, "The image")) ?? usual?.image
  const dumped = args["dump-region"] as string[] | undefined
  const symbols = args.stats || dumped ? await guestSymbols(args.symbols, image) : new Symbols([])
  if (dumped && args.engine !== "jit") throw new UsageError("--dump-region shows what the JIT does: use --engine jit.")
  const dumps = dumped && new RegionDumps(dumped, symbols)
  const maxInstructions = parseCount(args["max-instructions"], "max-instructions", 1)
  const booted = await prepare({
    image,
    bios: await readOptional(args.bios, "The firmware"),
    initrd: await readOptional(args.initrd, "The initrd"),
    dtb: await readOptional(args.dtb, "The device tree"),
    append: args.append ?? usual?.append,
    machine: machine ?? usual?.machine,
    devices: await loadParts(args.device as string[] | undefined),
    drives: openDrives(args),
    cpu: args.cpu,
    engine: args.engine,
    jit: {
      count: args.stats,
      without: args["without-pass"] ?? [],
      ...(dumps ? { onRegion: (region) => dumps.take(region) } : {}),
    },
    memoryBytes: args.memory === undefined ? undefined : parseMemory(args.memory),
    clockRate: parseCount(args["clock-rate"], "clock-rate", 1000),
    semihosting: args.semihosting || usual !== undefined,
    expect: (args.expect ?? []).map((p) => parsePattern(p, "expect")),
    failOn: (args["fail-on"] ?? []).map((p) => parsePattern(p, "fail-on")),
    send: (args.send ?? []).map(parseText),
    panic: panicAction(args),
    ...(maxInstructions === undefined ? {} : { maxInstructions }),
    ...(limit.seconds === undefined ? {} : { timeoutSeconds: limit.seconds, startedMs: limit.startedMs }),
    realTime: args["real-time"] ?? isInteractive,
    reboot: args.reboot,
    onOutput: (byte) => output.put(byte),
    whenOutputTaken: () => output.whenTaken(),
    onLog: (message) => trace.has("devices") && report(message),
    host,
  })
  const { architecture, board } = booted
  if (usual) comes?.requireItsCpu(usual, board.cpu.model)
  if (args.arch !== undefined && architecture.debugger.qemu.program !== `qemu-system-${args.arch}`)
    throw new UsageError(`--arch ${args.arch} is wrong: ${board.machine.name} is a machine for ${architecture.name}.`)
  checkScreenshot(args.screenshot, board)
  if (trace.has("notes")) for (const note of booted.notes) report(note)
  return { booted, symbols, dumps }
}

/** What a panic does; undefined leaves it to whether the run is a test. */
function panicAction({ panic, action }: BootArguments): PanicAction | undefined {
  if (action !== undefined && action !== "panic=exit-failure")
    throw new UsageError(`--action takes panic=exit-failure, not ${action}; other actions of QEMU are unknown here.`)
  if (action !== undefined && panic === "ignore")
    throw new UsageError("--panic=ignore and --action panic=exit-failure contradict each other: give one of them.")
  return panic ?? (action !== undefined || process.env["CI"] ? "fail" : undefined)
}

type Conclusion = Loaded & {
  readonly output: ConsoleOutput
  readonly limit: Limit
  readonly isStats: boolean
  readonly screenshot: string | undefined
}

/** Prints what is to be said at the end of a run. Gives the exit status. */
async function conclude(result: SessionResult, conclusion: Conclusion): Promise<number> {
  const { booted, symbols, dumps, output, limit, isStats, screenshot } = conclusion
  let status = exitCodeOf(result)
  // Writing more to a terminal that takes nothing would block.
  if (output.unwritten > 0 && process.stdout.isTTY && process.stderr.isTTY) process.exit(status || EXIT.limit)
  if (result.reason && result.outcome !== "quit") {
    if (!output.isAtLineStart) process.stderr.write("\n")
    report(result.reason)
  }
  if (output.failure) {
    const error = new OutputError(output.name, output.failure)
    reportError(error)
    status ||= error.status
  }
  if (output.unwritten > 0) {
    report(`${limit.seconds} seconds have passed, and ${output.unwritten} bytes have not been read from ${output.name}`)
    status ||= EXIT.limit
  }
  if (screenshot !== undefined) {
    const taken = takeScreenshot(screenshot, booted.board)
    status ||= taken
  }
  if (isStats) process.stderr.write(formatStats(booted, result, symbols))
  if (dumps) process.stderr.write(await dumps.text())
  // The reader may never take what is left.
  if (output.unwritten > 0) process.exit(status)
  return status
}
