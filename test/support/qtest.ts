// QEMU's boards driven access by access, while their CPU stands still: its qtest protocol over standard input.

import { spawn } from "node:child_process"
import { createInterface } from "node:readline"

/** What is done to a board: accesses to physical addresses as the CPU makes them, and levels of the lines of a part. */
export type Access =
  | readonly ["read", address: number, bytes: 1 | 2 | 4]
  | readonly ["write", address: number, bytes: 1 | 2 | 4, value: number]
  | readonly ["line", number: number, level: boolean]
  /** Reads 1 if the interrupt controller interrupts the CPU, else 0. */
  | readonly ["interrupt"]

const SUFFIX = { 1: "b", 2: "w", 4: "l" } as const

function command(access: Access, pic: string): string {
  const [kind] = access
  if (kind === "line") return `set_irq_in ${pic} unnamed-gpio-in ${access[1]} ${access[2] ? 1 : 0}`
  // Answers come in order, so that of a read of RAM marks the place.
  if (kind === "interrupt") return "readb 0x0"
  const verb = `${kind}${SUFFIX[access[2]]} 0x${access[1].toString(16)}`
  return kind === "read" ? verb : `${verb} 0x${access[3].toString(16)}`
}

/**
 * Carries out accesses on a board of QEMU's; gives what the reads read, values as a load of the CPU sees them. `pic` is the QOM
 * path of the interrupt controller.
 */
export async function qtest(
  machine: string,
  pic: string,
  accesses: readonly Access[],
  options: readonly string[] = [],
): Promise<number[]> {
  const commands = [`irq_intercept_out ${pic}`, ...accesses.map((access) => command(access, pic))]
  const results: number[] = []
  let isHigh = false
  let answered = 0
  for await (const line of conversation(machine, options, commands)) {
    const change = /^IRQ (raise|lower) 0$/.exec(line)?.[1]
    if (change) isHigh = change === "raise"
    if (!/^(?:OK|FAIL|ERR)/.test(line)) continue
    if (!line.startsWith("OK")) throw new Error(`${commands[answered]}: ${line}`)
    const access = accesses[answered - 1]
    if (access?.[0] === "read") results.push(Number(line.split(" ")[1]))
    if (access?.[0] === "interrupt") results.push(isHigh ? 1 : 0)
    // QEMU does not end with its input.
    if (++answered === commands.length) return results
  }
  throw new Error(`QEMU answered ${answered} of ${commands.length}`)
}

/** The lines that QEMU answers. It is stopped when the reader has enough. */
async function* conversation(machine: string, options: readonly string[], commands: readonly string[]) {
  const quiet = ["-nodefaults", "-display", "none", "-qtest-log", "/dev/null"]
  const qemu = spawn("qemu-system-ppc", ["-M", machine, "-S", "-qtest", "stdio", ...quiet, ...options], {
    stdio: ["pipe", "pipe", "ignore"],
    timeout: 60_000,
  })
  try {
    qemu.stdin.on("error", () => {})
    qemu.stdin.write(commands.map((line) => `${line}\n`).join(""))
    yield* createInterface({ input: qemu.stdout })
  } finally {
    qemu.kill("SIGKILL")
  }
}
