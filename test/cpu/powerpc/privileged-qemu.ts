// QEMU's board g3beige as the oracle of privileged state: it runs the ROM, and its monitor saves the records.

import { spawn, spawnSync } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { PowerPcModelName } from "../../../cpu/powerpc/index.ts"
import { DONE, DONE_AT, RECORDS, type Rom } from "./privileged-program.ts"

const EMULATOR = "qemu-system-ppc"
/** QEMU's ROM begins below ours; a file without ELF header fills it. */
const QEMU_ROM_BYTES = 0x40_0000
const OUR_ROM_AT = 0x30_0000
const TRIES = 20

/** Why QEMU cannot be asked; undefined if it can. */
export function lacking(): string | undefined {
  return spawnSync(EMULATOR, ["--version"]).status === 0 ? undefined : `${EMULATOR} is not installed`
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** Runs a ROM; gives the words of its records. */
export async function runOnQemu(rom: Rom, model: PowerPcModelName, words: number): Promise<number[]> {
  const folder = mkdtempSync(join(tmpdir(), "privileged-"))
  const image = Buffer.alloc(QEMU_ROM_BYTES)
  image.set(rom.bytes, OUR_ROM_AT)
  const file = join(folder, "rom.bin")
  const dump = join(folder, "dump.bin")
  writeFileSync(file, image)
  const options = ["-M", "g3beige", "-cpu", model, "-bios", file, "-display", "none", "-serial", "none"]
  const qemu = spawn(EMULATOR, [...options, "-monitor", "stdio"], { stdio: ["pipe", "ignore", "ignore"] })
  const bytes = RECORDS + 4 * words - DONE_AT
  try {
    for (let tries = 0; tries < TRIES; tries++) {
      await pause(200)
      qemu.stdin.write(`pmemsave ${DONE_AT} ${bytes} "${dump}"\n`)
      await pause(100)
      if (!existsSync(dump)) continue
      const saved = readFileSync(dump)
      if (saved.length < bytes || saved.readUInt32BE(0) !== DONE) continue
      return Array.from({ length: words }, (_, n) => saved.readUInt32BE(RECORDS - DONE_AT + 4 * n))
    }
    throw new Error("QEMU did not finish the cases.")
  } finally {
    qemu.kill()
    rmSync(folder, { recursive: true })
  }
}
