// The subcommands and what all share: help, and errors in one line.

import yargs from "yargs"
import { EXIT } from "./exit-codes.ts"
import { UsageError } from "./usage-error.ts"
import { type OptionTable, spell } from "./words.ts"

/** Runs the command line; gives the exit status. */
export async function run(words: string[], version: string): Promise<number> {
  let status: number = EXIT.ok
  const done = (code: number) => {
    status = code
  }
  const modules = await Promise.all([
    import("./boot.ts"),
    import("./machines.ts"),
    import("./describe.ts"),
    import("./dis.ts"),
    import("./asm.ts"),
    import("./diff.ts"),
  ])
  const options: OptionTable = Object.assign(
    { help: { alias: "h", type: "boolean" }, version: { type: "boolean" } },
    ...modules.map((module) => module.options),
  )
  const parser = yargs(spell(words, options))
    .parserConfiguration({
      "boolean-negation": false,
      "camel-case-expansion": false,
      "dot-notation": false,
      "parse-positional-numbers": false,
      "short-option-groups": false,
    })
    .scriptName("emu")
    .usage("$0 <command> [options]\n\nBoots kernels and firmware of machines whose hardware is gone.")
    .version(version)
    .help()
    .alias("h", "help")
    .strict()
    .demandCommand(1, "Name a command; emu --help lists them.")
    .wrap(Math.min(120, process.stdout.columns ?? 100))
    .exitProcess(false)
    .fail((message, error) => {
      if (error && error.name !== "YError") throw error
      throw new UsageError(`${(message || error.message).trim().replace(/\s*\n\s*/g, " ")} (emu --help shows how)`)
    })
  for (const { command } of modules) command(parser, done)
  await parser.parseAsync()
  return status
}
