// GNU binutils for PowerPC as an independent reference for text, many instructions at once.

import { execFileSync, spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const PREFIX = "powerpc-linux-gnu-"

/** Whether the tools are installed. */
export const hasPowerPcBinutils = (): boolean =>
  ["as", "objdump", "objcopy"].every((tool) => spawnSync(`${PREFIX}${tool}`, ["--version"]).status === 0)

function inFolder<T>(work: (file: (name: string) => string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "binutils-"))
  try {
    return work((name) => join(folder, name))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const bytesOf = (words: readonly number[]): Uint8Array => {
  const view = new DataView(new ArrayBuffer(4 * words.length))
  for (const [n, word] of words.entries()) view.setUint32(4 * n, word)
  return new Uint8Array(view.buffer)
}

/** What objdump prints for each word, in basic mnemonics, with one space after each comma. */
export function disassembleWithGnu(words: readonly number[], cpu: "7400" | "750cl"): string[] {
  return inFolder((file) => {
    writeFileSync(file("code.bin"), bytesOf(words))
    const options = ["-D", "-z", "-b", "binary", "-EB", "-m", "powerpc:common", "-M", `${cpu},raw`]
    const out = execFileSync(`${PREFIX}objdump`, [...options, file("code.bin")], { encoding: "utf8" })
    return [...out.matchAll(/^\s*[0-9a-f]+:\t[0-9a-f ]+\t(.*)$/gm)].map(([, text]) =>
      text!.replace(/\s+/g, " ").replaceAll(",", ", ").trim(),
    )
  })
}

/** The word that GNU as makes of each line. */
export function assembleWithGnu(lines: readonly string[], cpu: "7400" | "750cl"): number[] {
  return inFolder((file) => {
    writeFileSync(file("in.s"), `${lines.join("\n")}\n`)
    execFileSync(`${PREFIX}as`, [`-m${cpu}`, "-mregnames", "-o", file("out.o"), file("in.s")])
    execFileSync(`${PREFIX}objcopy`, ["-O", "binary", "-j", ".text", file("out.o"), file("out.bin")])
    const bytes = readFileSync(file("out.bin"))
    return lines.map((_, n) => bytes.readUInt32BE(4 * n))
  })
}
