// `emu machines`: the boards.

import type { Argv } from "yargs"
import { MiB, machines } from "../machines/index.ts"
import { EXIT } from "./exit-codes.ts"

export const options = {} as const

export function command(parser: Argv, done: (status: number) => void): void {
  parser.command("machines", "list the machines", options, () => {
    for (const { name, description, cpus, defaultMemoryBytes } of Object.values(machines)) {
      process.stdout.write(
        `${name.padEnd(14)}${description}\n${" ".repeat(14)}cpu ${cpus.join(", ")}; ${defaultMemoryBytes / MiB} MiB\n`,
      )
    }
    done(EXIT.ok)
  })
}
