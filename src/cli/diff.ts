// `emu diff`: executes a guest here and on QEMU, instruction by instruction, and shows the first difference.

import type { Argv } from "yargs"
import { disassemble } from "../../cpu/isa/index.ts"
import { unpack } from "../../firmware/loader/index.ts"
import type { CodeLocation, DebuggerDescription } from "../architectures/index.ts"
import { type Booted, prepare } from "../boot.ts"
import { GdbRemoteError } from "../host/gdb-remote.ts"
import { unavailable } from "../host/qemu.ts"
import { addressBits, codeText, readNumber } from "./code-text.ts"
import { EXIT } from "./exit-codes.ts"
import { parseCount, parseMemory, parseSeconds, readInput, readOptional } from "./input.ts"
import { type CoreState, OwnSide, QemuSide } from "./side-by-side.ts"
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

/** Instructions shown before the first difference. */
const SHOWN = 8

/** How QEMU gets the guest. */
const HOW = `QEMU has the board and the CPU that the image runs on here. For ARM, QEMU's own loader starts the image.
For PowerPC, QEMU takes over the memory and the registers that the run here begins with: an ELF file then stands
at its own addresses, and no firmware runs. A program that calls Open Firmware parts from QEMU at the call; a Linux
kernel that --dtb gives its device tree does without.`

export function command(parser: Argv, done: (status: number) => void): void {
  parser.command(
    "diff <image>",
    "run an image here and on QEMU, and show the first difference",
    (y) => y.positional("image", { type: "string", demandOption: true }).options(options).epilogue(HOW),
    async (args) => {
      const steps = parseCount(args.steps, "steps", 1)!
      const most = parseCount(args["max-instructions"], "max-instructions", 1)!
      const timeoutMs = 1000 * parseSeconds(args.timeout, "timeout")!
      const image = await unpack(await readInput(args.image, "The image"))
      const symbols = await guestSymbols(args.symbols, image)
      const booted = await prepare({
        image,
        initrd: await readOptional(args.initrd, "The initrd"),
        dtb: await readOptional(args.dtb, "The device tree"),
        append: args.append,
        machine: args.machine,
        cpu: args.cpu,
        memoryBytes: args.memory === undefined ? undefined : parseMemory(args.memory),
      })
      const bits = addressBits(booted.board.cpu.arch)
      const from = args.from === undefined ? undefined : parsePlace(args.from, "from", symbols, bits)
      const { code, debugger: description } = booted.architecture
      const why = unavailable(description.qemu.program)
      if (why) throw new UsageError(`diff compares with QEMU, but ${why}.`)
      const own = new OwnSide(booted)
      const qemu = await QemuSide.start(booted, { ...args, image })
      try {
        // QEMU runs its own loader code first. Without --from, the comparison begins at the image's first instruction.
        const start = code.locate(from === undefined ? own.pc : from.entry)
        await meet(own, qemu, start, most, timeoutMs)
        const comparison = { description, steps, strict: args.strict, text: textOf(booted, symbols) }
        done(await compare(own, qemu, comparison))
      } catch (error) {
        throw error instanceof GdbRemoteError ? new UsageError(`QEMU no longer answers: ${error.message}.`) : error
      } finally {
        await qemu.stop()
      }
    },
  )
}

/** Runs both to the start of the comparison. */
async function meet(own: OwnSide, qemu: QemuSide, start: CodeLocation, most: number, timeoutMs: number) {
  const where = `0x${start.address.toString(16)}`
  if (!own.runTo(start.address, most))
    throw new UsageError(`The guest does not reach ${where} within ${own.instructions} instructions.`)
  if (!(await qemu.runTo(start, timeoutMs)))
    throw new UsageError(`The guest does not reach ${where} on QEMU within ${timeoutMs / 1000} seconds.`)
  process.stderr.write(`emu: comparing from ${where}, after ${own.instructions} instructions\n`)
}

type TextOf = (code: Uint8Array | undefined, state: CoreState) => string

/** Makes an instruction's line: address, symbol, code, text. */
function textOf({ architecture, board }: Booted, symbols: Symbols): TextOf {
  const description = architecture.debugger
  const { formats, byteOrder } = board.cpu.arch
  return (code, state) => {
    const pc = state.get(description.pc)!
    const name = symbols.nameOf(pc)
    const head = `${hex(pc)}${name === "" ? "" : ` <${name}>`}`
    if (!code) return `${head}  (cannot be read)`
    const { set, context } = description.decoding((register) => state.get(register)!)
    const format = formats[set]!
    const read = (offset: number) => readNumber(code, offset, format.unit, byteOrder)
    const { decoded, length } = format.decode(read, context)
    const words = codeText(code.subarray(0, length), format.unit, "words", byteOrder)
    return `${head}  ${words}  ${decoded ? disassemble(decoded, pc) : "(encodes nothing)"}`
  }
}

/** What is compared, how many instructions, and how it is shown. */
type Comparison = {
  readonly description: DebuggerDescription
  readonly steps: number
  readonly strict: boolean
  readonly text: TextOf
}

async function compare(own: OwnSide, qemu: QemuSide, comparison: Comparison): Promise<number> {
  const { description, steps, strict, text } = comparison
  const { pc } = description
  const last: string[] = []
  let ours = own.state()
  let theirs = await qemu.state()
  let drifted: string | undefined
  for (let n = 0; ; n++) {
    const different = [...ours.keys()].filter((name) => ours.get(name) !== theirs.get(name))
    const parts = different.includes(pc) || (strict && different.length > 0)
    if (parts) {
      process.stdout.write(
        `${[`They part after ${n} instructions:`, ...last].join("\n")}\n\n${sideBySide(description, ours, theirs)}`,
      )
      return EXIT.guest
    }
    if (different.length > 0)
      drifted ??= `${different.join(", ")} first differed after ${n} instructions, at ${hex(ours.get(pc)!)}`
    if (n === steps) break
    last.push(text(await qemu.code(theirs.get(pc)!), theirs))
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

const hex = (value: number | bigint, bits = 32): string => value.toString(16).padStart(bits / 4, "0")

/** Both states in columns; differences are marked. */
function sideBySide({ registers }: DebuggerDescription, ours: CoreState, theirs: CoreState): string {
  const widest = Math.max(...registers.map(({ bits }) => bits)) / 4
  const rows = registers.map(({ name, bits }) => {
    const [a, b] = [ours.get(name)!, theirs.get(name)!]
    const column = (value: number | bigint) => hex(value, bits).padEnd(widest)
    return `${name.padEnd(6)}${column(a)}  ${column(b)}${a === b ? "" : "  <"}`.trimEnd()
  })
  return `      ${"emu".padEnd(widest)}  QEMU\n${rows.join("\n")}\n`
}
