// What is started as a reference ends with us, however we end.

import { spawn } from "node:child_process"
import { once } from "node:events"
import type { Readable } from "node:stream"
import { setTimeout as delay } from "node:timers/promises"
import { expect, it } from "vitest"
import { startBounded } from "../../src/host/qemu.ts"

const MODULE = new URL("../../src/host/qemu.ts", import.meta.url).href

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

async function isGone(pid: number): Promise<boolean> {
  for (let tries = 0; tries < 500 && isAlive(pid); tries++) await delay(20)
  return !isAlive(pid)
}

it.each<[way: string, ending: string, signal: NodeJS.Signals | undefined]>([
  ["exits", "process.exit(0)", undefined],
  ["throws", "throw new Error('on purpose')", undefined],
  ["is interrupted", "", "SIGINT"],
  ["is terminated", "", "SIGTERM"],
  ["is killed", "", "SIGKILL"],
])("a process that %s leaves none of its programs behind", async (_, ending, signal) => {
  const script = `
    import { startBounded } from ${JSON.stringify(MODULE)}
    const child = startBounded("sleep", ["600"], 600, 2)
    process.stdout.write(child.pid + "\\n")
    process.stdin.once("data", () => { ${ending} })`
  const parent = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", script], {
    stdio: ["pipe", "pipe", "ignore"],
  })
  const [text] = await once(parent.stdout, "data")
  const pid = Number(String(text))
  expect(isAlive(pid)).toBe(true)
  if (signal) parent.kill(signal)
  else parent.stdin.write("end\n")
  await once(parent, "exit")
  expect(await isGone(pid)).toBe(true)
})

it("a program that ends by itself leaves its guard no work", async () => {
  const child = startBounded("sh", ["-c", "exit 3"], 60, 2)
  const lifeline = child.stdio[3] as Readable
  // The other end of the pipe is closed once the guard is gone as well.
  const [[status]] = await Promise.all([once(child, "exit"), once(lifeline.resume(), "end")])
  expect(status).toBe(3)
})
