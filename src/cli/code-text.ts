// What `emu asm` and `emu dis` share: instruction sets by name, machine code as text, output in pieces.

import { ARM_MODELS, type ArmModelName, arm } from "../../cpu/arm/index.ts"
import type { CodeFormat } from "../../cpu/isa/index.ts"
import { UsageError } from "./usage-error.ts"

/** Options of both commands. */
export const codeOptions = {
  isa: { choices: ["arm", "thumb"] as const, default: "arm" as const, describe: "instruction set at the start" },
  cpu: { choices: ARM_MODELS, default: "cortex-a15" as const, describe: "CPU model" },
  origin: { type: "string", default: "0", describe: "address of the first byte" },
  "machine-code": {
    choices: ["words", "bytes", "none"] as const,
    default: "words" as const,
    describe: "how to print machine code: words (halfwords in Thumb), bytes in order of address, or not at all",
  },
} as const

/** How machine code is printed. */
export type CodeText = (typeof codeOptions)["machine-code"]["choices"][number]

/** The formats of ARM and Thumb code of a model. */
export function codeFormats(model: ArmModelName): { arm: CodeFormat; thumb: CodeFormat } {
  const [a32, thumb] = arm(model).formats
  return { arm: a32!, thumb: thumb! }
}

/** An address that the user wrote, in C's notation. */
export function parseAddress(text: string, option: string): number {
  const value = /^(?:0x[0-9a-f_]+|[0-9]+)$/i.test(text) ? Number(text.replaceAll("_", "")) : Number.NaN
  if (Number.isInteger(value) && value < 2 ** 32) return value
  throw new UsageError(`--${option} takes an address of 32 bits (0x40008000), not ${text}.`)
}

/** Machine code, little-endian, in pieces of `unit` bytes. */
export function codeText(bytes: Uint8Array, unit: number, as: CodeText): string {
  if (as === "none") return ""
  const digits = [...bytes].map((byte) => byte.toString(16).padStart(2, "0"))
  if (as === "bytes" || bytes.length % unit !== 0) return digits.join(" ")
  const words: string[] = []
  for (let at = 0; at < digits.length; at += unit) {
    words.push(
      digits
        .slice(at, at + unit)
        .reverse()
        .join(""),
    )
  }
  return words.join(" ")
}

/** One line: address, machine code, text. */
export function codeLine(address: number, code: string, text: string): string {
  const column = code === "" ? "" : `${code.padEnd(11)}  `
  return `${(address >>> 0).toString(16).padStart(8, "0")}  ${column}${text}`.trimEnd()
}

const LINES_AT_ONCE = 1024

/** Prints lines no faster than they are taken. */
export async function printLines(lines: Iterable<string>): Promise<void> {
  let waiting: string[] = []
  const flush = async () => {
    const text = waiting.map((line) => `${line}\n`).join("")
    waiting = []
    if (!process.stdout.write(text)) await new Promise((resolve) => process.stdout.once("drain", resolve))
  }
  for (const line of lines) {
    if (waiting.push(line) === LINES_AT_ONCE) await flush()
  }
  if (waiting.length > 0) await flush()
}
