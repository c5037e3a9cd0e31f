// The process in which the benchmarks run the i386 guest under v86. `runUnderV86` starts it and gets its record.

import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { hold } from "./dialogue.ts"
import { Recorder } from "./recorder.ts"
import type { V86Run } from "./run-guest.ts"

const { module, files, memoryMiB, append, dialogue } = JSON.parse(process.argv[2]!) as V86Run
const { V86 } = (await import(module)) as typeof import("v86")
const recorder = new Recorder(() => {
  const { user, system } = process.cpuUsage()
  return { cpu: (user + system) / 1e6, wall: performance.now() / 1000 }
})
const emulator = new V86({
  wasm_path: fileURLToPath(new URL("v86.wasm", module)),
  bios: image(files.bios),
  bzimage: image(files.kernel),
  initrd: image(files.initrd),
  cmdline: append,
  memory_size: memoryMiB * 2 ** 20,
  autostart: true,
})
const take = hold(dialogue, (text) => emulator.serial0_send(text))
emulator.add_listener("serial0-output-byte", (byte) => {
  recorder.byte(byte)
  if (!take(String.fromCharCode(byte))) return
  recorder.event(dialogue.end)
  process.send!({ ...recorder.recording, memory: undefined }, () => process.exit())
})

function image(path: string): { buffer: ArrayBuffer } {
  return { buffer: new Uint8Array(readFileSync(path)).buffer }
}
