// GNU binutils as an independent reference for text: assembler and disassembler, many instructions at once.

import { execFileSync, spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** The tools for one instruction set. */
export type Binutils = {
  /** What the names of the tools begin with. */
  readonly prefix: string
  /** Options of objdump for raw code. */
  readonly objdump: readonly string[]
  /** Options of as, and the lines before any source. */
  readonly as?: readonly string[]
  readonly header: readonly string[]
  /** The beginning of a comment, with the space before it. */
  readonly comment: RegExp
}

/** The directives that select a CPU's instructions in GNU as. */
const ARM_DIRECTIVES = {
  "cortex-a15": [
    ".arch armv7-a",
    ".arch_extension idiv",
    ".arch_extension sec",
    ".arch_extension virt",
    ".arch_extension mp",
    ".fpu neon-vfpv4",
  ],
  arm926: [".cpu arm926ej-s"],
}

/** The tools for A32 or Thumb. `machine` is the architecture that objdump knows. */
export function armBinutils(
  thumb: boolean,
  cpu: keyof typeof ARM_DIRECTIVES = "cortex-a15",
  machine = "arm",
): Binutils {
  const names = `reg-names-std${thumb ? ",force-thumb" : ""}`
  return {
    prefix: "arm-linux-gnueabihf-",
    objdump: ["-m", machine, "-M", names],
    header: [".syntax unified", ...ARM_DIRECTIVES[cpu], thumb ? ".thumb" : ".arm"],
    comment: /\s*[;@]/,
  }
}

/** The tools for a PowerPC model of binutils. */
export const powerPcBinutils = (cpu: "ppc" | "7400"): Binutils => ({
  prefix: "powerpc-linux-gnu-",
  objdump: ["-m", "powerpc", "-EB", "-M", cpu],
  as: [`-m${cpu}`, "-mregnames"],
  header: [],
  comment: /\s*#/,
})

/** Whether the tools are installed. */
export function hasBinutils({ prefix }: Binutils): boolean {
  return ["as", "objdump"].every((tool) => spawnSync(`${prefix}${tool}`, ["--version"]).status === 0)
}

/** Whether those for ARM are. */
export const hasArmBinutils = (): boolean => hasBinutils(armBinutils(false))

function inFolder<T>(work: (file: (name: string) => string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "binutils-"))
  try {
    return work((name) => join(folder, name))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Text of objdump for each instruction of code at that address, by address, comments included. */
export function objdump(code: Uint8Array, address: number, tools: Binutils): Map<number, string> {
  return inFolder((file) => {
    writeFileSync(file("code.bin"), code)
    const options = ["-D", "-z", "-b", "binary", `--adjust-vma=${address}`, ...tools.objdump]
    const out = execFileSync(`${tools.prefix}objdump`, [...options, file("code.bin")], {
      encoding: "utf8",
      maxBuffer: 2 ** 28,
    })
    const lines = [...out.matchAll(/^\s*([0-9a-f]+):\t[0-9a-f ]+\t(.*)$/gm)]
    return new Map(lines.map(([, at, text]) => [Number.parseInt(at!, 16), text!.replace(/\s+/g, " ").trim()]))
  })
}

/** Text of objdump for each instruction of code at that address, by address and without comments. */
export function disassembleWithGnu(code: Uint8Array, address: number, tools: Binutils): Map<number, string> {
  const plain = (text: string) =>
    text
      .split(tools.comment)[0]!
      .replace(/\s*<.*$/, "")
      .replace(/\s+/g, " ")
      .trim()
  return new Map([...objdump(code, address, tools)].map(([at, text]) => [at, plain(text)]))
}

/** Assembles each line alone with GNU as; undefined if it reports an error. */
export function assembleWithGnu(lines: readonly string[], tools: Binutils): (Uint8Array | undefined)[] {
  const { prefix, header } = tools
  return inFolder((file) => {
    const refused = new Set<number>()
    const run = () => {
      const body = lines.flatMap((line, n) => [`.org ${n * 8}`, refused.has(n) ? "" : line])
      writeFileSync(file("in.s"), [...header, ...body, `.org ${lines.length * 8}`, ""].join("\n"))
      const options = [...(tools.as ?? []), "-o", file("out.o"), file("in.s")]
      return spawnSync(`${prefix}as`, options, { encoding: "utf8", maxBuffer: 2 ** 28 })
    }
    // GNU as reports some errors only when others are gone.
    for (let result = run(); result.status !== 0; result = run()) {
      const before = refused.size
      for (const [, line] of result.stderr.matchAll(/:(\d+): Error/g))
        refused.add((Number(line) - header.length - 2) >> 1)
      if (refused.size === before) throw new Error(`GNU as: ${result.stderr}`)
    }
    execFileSync(`${prefix}objcopy`, ["-O", "binary", "-j", ".text", file("out.o"), file("out.bin")])
    const bytes = readFileSync(file("out.bin"))
    return lines.map((_, n) => (refused.has(n) ? undefined : new Uint8Array(bytes.subarray(n * 8, n * 8 + 8))))
  })
}
