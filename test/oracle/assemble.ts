// Machine code from GNU binutils, the independent source of instruction words in tests.

import { spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const PREFIX = "arm-linux-gnueabihf-"

/** Why the assembler cannot be used here, or undefined when it can. */
export function assemblerUnavailable(): string | undefined {
  return spawnSync(`${PREFIX}as`, ["--version"]).error ? `${PREFIX}as is not installed` : undefined
}

function tool(name: string, args: readonly string[]): void {
  const ran = spawnSync(`${PREFIX}${name}`, args, { encoding: "utf8" })
  if (ran.status !== 0) throw new Error(`${PREFIX}${name}: ${ran.error?.message ?? ran.stderr.trim()}`)
}

/** Assembles ARM source for any ARMv7 CPU with NEON; `linked` gives a Linux program instead of bare code. */
export function assemble(source: string, options: { thumb?: boolean; linked?: boolean } = {}): Uint8Array {
  const directory = mkdtempSync(join(tmpdir(), "assemble-"))
  try {
    const [text, object, out] = ["in.s", "in.o", "out"].map((name) => join(directory, name)) as [string, string, string]
    const head = [".syntax unified", ".arch armv7-a", ".arch_extension virt", ".arch_extension sec", ".fpu neon-vfpv4"]
    writeFileSync(text, `${[...head, options.thumb ? ".thumb" : ".arm"].join("\n")}\n${source}\n`)
    tool("as", [text, "-o", object])
    if (options.linked) tool("ld", [object, "-o", out])
    else tool("objcopy", ["-O", "binary", object, out])
    return new Uint8Array(readFileSync(out))
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
