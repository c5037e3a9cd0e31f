// `emu diff`: executes a guest here and on QEMU, instruction by instruction, and shows where they part.

import type { Argv } from "yargs"
import { type ArmModelName, arm } from "../../cpu/arm/index.ts"
import { disassemble } from "../../cpu/isa/index.ts"
import { unpack } from "../../firmware/loader/index.ts"
import { prepare } from "../boot.ts"
import { GdbRemoteError } from "../host/gdb-remote.ts"
import { unavailable } from "../host/qemu.ts"
import { codeText } from "./code-text.ts"
import { EXIT } from "./exit-codes.ts"
import { parseCount, parseMemory, parseSeconds, readInput, readOptional } from "./input.ts"
import { withValue } from "./options.ts"
import { type CoreState, coreNames, OwnSide, QemuSide } from "./side-by-side.ts"
import { guestSymbols, parsePlace, type Symbols, symbolsOption } from "./symbols.ts"
import { UsageError } from "./usage-error.ts"

export const options = {
  machine: { alias: "M", type: "string", describe: "board; picked by the image if not given" },
  cpu: { type: "string", describe: "CPU model" },
  memory: { alias: "m", type: "string", describe: "RAM in MiB, or with K, M or G" },
  initrd: { type: "string", describe: "initial RAM disk" },
  append: { type: "string", describe: "kernel command line" },
  dtb: { type: "string", describe: "device tree blob, instead of the one made from the board" },
  from: { type: "string", describe: "address, or symbol[+offset], to compare from (the first instruction)" },
  symbols: symbolsOption,
  steps: { type: "number", default: 10_000, describe: "instructions to compare" },
  strict: { type: "boolean", default: false, describe: "stop at any register that differs, not only at the pc" },
  "max-instructions": { type: "number", default: 2e9, describe: "instructions within which --from must be reached" },
  timeout: { type: "number", default: 120, describe: "seconds within which QEMU must reach it" },
} as const

/** Instructions shown before the one at which the two part. */
const SHOWN = 8

export function command(parser: Argv, done: (status: number) => void): void {
  parser.command(
    "diff <image>",
    "run an image here and on qemu-system-arm, and show the first difference",
    (y) =>
      y.positional("image", { type: "string", demandOption: true }).options(options).requiresArg(withValue(options)),
    async (args) => {
      const why = unavailable("qemu-system-arm")
      if (why) throw new UsageError(`diff compares with QEMU, but ${why}.`)
      const steps = parseCount(args.steps, "steps", 1)!
      const most = parseCount(args["max-instructions"], "max-instructions", 1)!
      const timeoutMs = 1000 * parseSeconds(args.timeout, "timeout")!
      const image = await unpack(readInput(args.image, "The image"))
      const symbols = await guestSymbols(args.symbols, image)
      const start = args.from === undefined ? undefined : parsePlace(args.from, "from", symbols)
      const booted = await prepare({
        image,
        initrd: readOptional(args.initrd, "The initrd"),
        dtb: readOptional(args.dtb, "The device tree"),
        append: args.append,
        machine: args.machine,
        cpu: args.cpu,
        memoryBytes: args.memory === undefined ? undefined : parseMemory(args.memory),
      })
      const own = new OwnSide(booted)
      const qemu = await QemuSide.start(booted, { ...args, image })
      try {
        await meet(own, qemu, start, most, timeoutMs)
        const text = textOf(booted.board.cpu.model, symbols)
        done(await compare(own, qemu, steps, args.strict, text))
      } catch (error) {
        throw error instanceof GdbRemoteError ? new UsageError(`QEMU no longer answers: ${error.message}.`) : error
      } finally {
        await qemu.stop()
      }
    },
  )
}

/** Brings both to where the comparison begins. Without an address that is the image's first instruction. */
async function meet(own: OwnSide, qemu: QemuSide, start: number | undefined, most: number, timeoutMs: number) {
  // Bit 0 of a function's address tells Thumb code. QEMU's own loader code comes first.
  const address = start === undefined ? own.pc : (start & ~1) >>> 0
  const where = `0x${address.toString(16)}`
  if (!own.runTo(address, most))
    throw new UsageError(`The guest does not come to ${where} within ${own.instructions} instructions.`)
  if (!(await qemu.runTo(address, start !== undefined && start & 1 ? 2 : 4, timeoutMs)))
    throw new UsageError(`The guest does not come to ${where} on QEMU within ${timeoutMs / 1000} seconds.`)
  process.stderr.write(`emu: comparing from ${where}, after ${own.instructions} instructions\n`)
}

type TextOf = (code: Uint8Array | undefined, state: CoreState) => string

/** Gives an instruction's line: address, symbol, code, text. */
function textOf(model: ArmModelName, symbols: Symbols): TextOf {
  return (code, { registers, cpsr }) => {
    const pc = registers[15]!
    const name = symbols.nameOf(pc)
    const head = `${hex(pc)}${name === "" ? "" : ` <${name}>`}`
    if (!code) return `${head}  (cannot be read)`
    const thumb = (cpsr & 0x20) !== 0
    const view = new DataView(code.buffer, code.byteOffset, code.byteLength)
    const read = (offset: number): number => (thumb ? view.getUint16(offset, true) : view.getUint32(offset, true))
    const it = thumb ? ((cpsr >>> 25) & 3) | ((cpsr >>> 8) & 0xfc) : 0
    const { decoded, length } = arm(model).formats[thumb ? 1 : 0]!.decode(read, it)
    const words = codeText(code.subarray(0, length), thumb ? 2 : 4, "words")
    return `${head}  ${words}  ${decoded ? disassemble(decoded, pc) : "(encodes nothing)"}`
  }
}

async function compare(own: OwnSide, qemu: QemuSide, steps: number, strict: boolean, text: TextOf): Promise<number> {
  const last: string[] = []
  let ours = own.state()
  let theirs = await qemu.state()
  let drifted: string | undefined
  for (let n = 0; ; n++) {
    const different = differences(ours, theirs)
    const parts = different.includes("pc") || (strict && different.length > 0)
    if (parts) {
      process.stdout.write(
        `${[`They part after ${n} instructions:`, ...last].join("\n")}\n\n${sideBySide(ours, theirs)}`,
      )
      return EXIT.guest
    }
    if (different.length > 0)
      drifted ??= `${different.join(", ")} first differed after ${n} instructions, at ${hex(ours.registers[15]!)}`
    if (n === steps) break
    last.push(text(await qemu.code(theirs.registers[15]!), theirs))
    if (last.length > SHOWN) last.shift()
    if (!own.step()) throw new UsageError(`The guest ends after ${n} instructions.`)
    await qemu.step()
    ours = own.state()
    theirs = await qemu.state()
  }
  process.stdout.write(
    `No difference of the pc in ${steps} instructions${drifted ? `; ${drifted}` : " or of any register"}.\n`,
  )
  return EXIT.ok
}

function differences(ours: CoreState, theirs: CoreState): string[] {
  const names = coreNames.filter((_, n) => ours.registers[n] !== theirs.registers[n])
  return ours.cpsr === theirs.cpsr ? names : [...names, "cpsr"]
}

const hex = (value: number): string => (value >>> 0).toString(16).padStart(8, "0")

/** Both states in columns; what differs is marked. */
function sideBySide(ours: CoreState, theirs: CoreState): string {
  const rows = [...coreNames, "cpsr"].map((name, n) => {
    const [a, b] = [ours.registers[n] ?? ours.cpsr, theirs.registers[n] ?? theirs.cpsr]
    return `${name.padEnd(6)}${hex(a)}  ${hex(b)}${a === b ? "" : "  <"}`
  })
  return `      emu       QEMU\n${rows.join("\n")}\n`
}
