// GNU binutils for ARM as an independent reference for text: assembler and disassembler, many instructions at once.

import { execFileSync, spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const PREFIX = "arm-linux-gnueabihf-"

/** Whether the tools are installed. */
export function hasArmBinutils(): boolean {
  return (
    spawnSync(`${PREFIX}as`, ["--version"]).status === 0 && spawnSync(`${PREFIX}objdump`, ["--version"]).status === 0
  )
}

function inFolder<T>(work: (file: (name: string) => string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "binutils-"))
  try {
    return work((name) => join(folder, name))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Text of objdump for each instruction of code at that address, by address, comments included. */
export function objdump(code: Uint8Array, address: number, thumb: boolean, machine = "arm"): Map<number, string> {
  return inFolder((file) => {
    writeFileSync(file("code.bin"), code)
    const names = `reg-names-std${thumb ? ",force-thumb" : ""}`
    const options = ["-D", "-z", "-b", "binary", "-m", machine, `--adjust-vma=${address}`, "-M", names]
    const out = execFileSync(`${PREFIX}objdump`, [...options, file("code.bin")], {
      encoding: "utf8",
      maxBuffer: 2 ** 28,
    })
    const lines = [...out.matchAll(/^\s*([0-9a-f]+):\t[0-9a-f ]+\t(.*)$/gm)]
    return new Map(lines.map(([, at, text]) => [Number.parseInt(at!, 16), text!.replace(/\s+/g, " ").trim()]))
  })
}

/** Text of objdump for each instruction of code at that address, by address and without comments. */
export function disassembleWithGnu(code: Uint8Array, address: number, thumb: boolean): Map<number, string> {
  return new Map([...objdump(code, address, thumb)].map(([at, text]) => [at, withoutComment(text)]))
}

const withoutComment = (text: string) =>
  text
    .replace(/\s*[;@].*$/, "")
    .replace(/\s*<.*$/, "")
    .replace(/\s+/g, " ")
    .trim()

/** The options that select a CPU's instructions in GNU as. */
const CPU_DIRECTIVES = {
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

/** Assembles each line alone with GNU as; undefined if it reports an error. */
export function assembleWithGnu(
  lines: readonly string[],
  thumb: boolean,
  cpu: keyof typeof CPU_DIRECTIVES = "cortex-a15",
): (Uint8Array | undefined)[] {
  return inFolder((file) => {
    const header = [".syntax unified", ...CPU_DIRECTIVES[cpu], thumb ? ".thumb" : ".arm"]
    const refused = new Set<number>()
    const run = () => {
      const body = lines.flatMap((line, n) => [`.org ${n * 8}`, refused.has(n) ? "" : line])
      writeFileSync(file("in.s"), [...header, ...body, `.org ${lines.length * 8}`, ""].join("\n"))
      return spawnSync(`${PREFIX}as`, ["-o", file("out.o"), file("in.s")], { encoding: "utf8", maxBuffer: 2 ** 28 })
    }
    // GNU as reports some errors only when others are gone.
    for (let result = run(); result.status !== 0; result = run()) {
      const before = refused.size
      for (const [, line] of result.stderr.matchAll(/:(\d+): Error/g))
        refused.add((Number(line) - header.length - 2) >> 1)
      if (refused.size === before) throw new Error(`GNU as: ${result.stderr}`)
    }
    execFileSync(`${PREFIX}objcopy`, ["-O", "binary", "-j", ".text", file("out.o"), file("out.bin")])
    const bytes = readFileSync(file("out.bin"))
    return lines.map((_, n) => (refused.has(n) ? undefined : new Uint8Array(bytes.subarray(n * 8, n * 8 + 8))))
  })
}
