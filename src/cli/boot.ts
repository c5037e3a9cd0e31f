// `emu boot`: boots an image on a machine, with this terminal as its console.

import type { Argv } from "yargs"
import { ImageError } from "../../firmware/image-error.ts"
import { prepare } from "../boot.ts"
import { nodeHost } from "../host/node.ts"
import { openTerminal } from "../host/terminal.ts"
import type { SessionResult } from "../session.ts"
import { bootOptions } from "./boot-options.ts"
import { RegionDumps } from "./dump-region.ts"
import { exitCodeOf } from "./exit-codes.ts"
import { parseCount, parseMemory, parsePattern, parseSeconds, parseText, readOptional } from "./input.ts"
import { withValue } from "./options.ts"
import { loadMachine, loadParts } from "./plug-in.ts"
import { formatStats } from "./stats.ts"
import { guestSymbols, Symbols } from "./symbols.ts"
import { UsageError } from "./usage-error.ts"

export const options = bootOptions

export function command(parser: Argv, done: (status: number) => void): void {
  parser.command(
    "boot [image]",
    "boot a kernel or firmware; without an image, the monitor that comes with emu",
    (y) => y.positional("image", { type: "string" }).options(options).requiresArg(withValue(options)),
    async (args) => {
      if (parseCount(args.smp, "smp", 1) !== 1)
        throw new ImageError(`--smp ${args.smp} is not possible yet: the machines have one CPU.`)
      const interactive = process.stdin.isTTY === true && !args.expect
      const host = nodeHost()
      const trace = new Set(args.trace as string[] | undefined)
      const write = await openSerial(args.serial)
      const { defaultGuest } =
        args.image !== undefined || args.bios !== undefined
          ? { defaultGuest: undefined }
          : await import("./default-guest.ts")
      const usual = defaultGuest?.(interactive)
      const image = readOptional(args.image, "The image") ?? usual?.image
      const dumped = args["dump-region"] as string[] | undefined
      const symbols = args.stats || dumped ? await guestSymbols(args.symbols, image) : new Symbols([])
      if (dumped && args.engine !== "jit")
        throw new UsageError("--dump-region shows what the JIT does: use --engine jit.")
      const dumps = dumped && new RegionDumps(dumped, symbols)
      const booted = await prepare({
        image,
        bios: readOptional(args.bios, "The firmware"),
        initrd: readOptional(args.initrd, "The initrd"),
        dtb: readOptional(args.dtb, "The device tree"),
        append: args.append ?? usual?.append,
        machine: (await loadMachine(args.machine)) ?? usual?.machine,
        devices: await loadParts(args.device as string[] | undefined),
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
        ...limits(args),
        realTime: args["real-time"] ?? interactive,
        reboot: args.reboot,
        onOutput: write,
        onLog: (message) => trace.has("devices") && process.stderr.write(`emu: ${message}\n`),
        host,
      })
      const { model } = booted.board.cpu
      if (usual && model !== usual.cpu)
        throw new ImageError(`The monitor that comes with emu runs on ${usual.cpu}, not on ${model}: give an image.`)
      if (trace.has("notes")) for (const note of booted.notes) process.stderr.write(`emu: ${note}\n`)
      const takesInput = args.serial === "stdio" && (interactive || !process.stdin.isTTY)
      const close = takesInput ? openTerminal(booted.console, () => booted.session.quit(), host.wake) : () => {}
      let result: SessionResult
      try {
        result = await booted.run()
      } finally {
        close()
      }
      if (result.reason && result.outcome !== "quit")
        process.stderr.write(`${atLineStart ? "" : "\n"}emu: ${result.reason}\n`)
      if (args.stats) process.stderr.write(formatStats(booted, result, symbols))
      if (dumps) process.stderr.write(await dumps.text())
      done(exitCodeOf(result))
    },
  )
}

function limits(args: { "max-instructions"?: number | undefined; timeout?: number | undefined }) {
  const maxInstructions = parseCount(args["max-instructions"], "max-instructions", 1)
  const timeoutSeconds = parseSeconds(args.timeout, "timeout")
  return {
    ...(maxInstructions === undefined ? {} : { maxInstructions }),
    ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
  }
}

let atLineStart = true

// Output is gathered and written once a turn of the event loop: a guest may print byte by byte.
async function openSerial(serial: string): Promise<(byte: number) => void> {
  if (serial === "none") return () => {}
  const { createWriteStream } = await import("node:fs")
  const file = /^file:(.+)$/.exec(serial)
  if (!file && serial !== "stdio") throw new UsageError(`--serial takes stdio, none or file:PATH, not ${serial}.`)
  const stream = file ? createWriteStream(file[1]!) : process.stdout
  stream.on("error", (error) => {
    process.stderr.write(`emu: ${serial}: ${error.message}\n`)
    process.exit(2)
  })
  let waiting: number[] = []
  const flush = () => {
    stream.write(Uint8Array.from(waiting))
    waiting = []
  }
  process.on("exit", () => waiting.length > 0 && flush())
  return (byte) => {
    if (waiting.push(byte) === 1) setImmediate(flush)
    else if (waiting.length >= 65536) flush()
    if (!file) atLineStart = byte === 10
  }
}
