// What the monitors of all architectures have in common: their commands, and the formats of what they print.

import { table, text, texts } from "./tables.ts"

/** The commands: name, routine, what `help` says. */
const COMMANDS = [
  ["help", "help", "this list"],
  ["ticks", "show_ticks", "timer interrupts so far, and the clock"],
  ["map", "map", "what the MMU maps where"],
  ["fault", "fault", "take faults of every kind, and recover"],
  ["checks", "checks", "check the processor and the board"],
  ["bench", "bench", "work of known size, and the time that it takes"],
  ["reset", "reset", "start again"],
  ["off", "off", "switch the machine off"],
] as const

/** `command_table`: name, routine, text; and what the prompt prints. */
export const commandTexts =
  table(
    "command_table",
    COMMANDS.map(([name, routine, what]) => [text(name), routine, text(what)]),
  ) +
  texts({
    hint: "Type help for a list of commands.\n",
    prompt_text: "emu> ",
    help_format: "%s: %s\n",
    unknown_text: "no command ",
    unknown_help: " (help lists them)\n",
    ticks_format: "%u ticks, %u.",
    seconds_format: "%u%u s; clock %u\n",
  })

/** What `introduce` prints; the format of the CPU takes its name, and two numbers of its revision. */
export const startTexts = (cpu: string): string =>
  texts({
    cpu_format: `emu monitor\ncpu: ${cpu}\n`,
    unknown_name: "unknown part",
    memory_format: "memory: %u MiB at %x\n",
    timer_format: "timer: %u Hz, %u interrupts a second\n",
  })

/** A check: what it is called, the routine, and the result that it must have. */
export type Check = readonly [name: string, routine: string, expected: string | number]

/** `check_table`: name, routine, expected result; and what `checks` prints. */
export function checkTexts(checks: readonly Check[]): string {
  const rows = checks.map(([name, routine, expected]) => [text(name), routine, wordText(expected)])
  return (
    table("check_table", rows) +
    texts({
      ok_format: "%s: ok\n",
      wrong_format: "%s: FAILED\n",
      difference_format: "  %x instead of %x\n",
      passed_text: "monitor: all checks passed\n",
      failed_format: "monitor: checks failed: %u\n",
    })
  )
}

/** A fault: what it is called, and the words that the monitor's `take_fault` and comparison need. */
export type Fault = readonly [name: string, ...words: (string | number)[]]

/** `fault_table`, a row for each fault; and what `fault` prints. */
export const faultTexts = (faults: readonly Fault[]): string =>
  table(
    "fault_table",
    faults.map(([name, ...words]) => [text(name), ...words.map(wordText)]),
  ) +
  texts({
    fault_format: "%s: %s",
    no_fault_format: "%s: nothing happened (%s)",
    status_format: ", status %x, address %x, recovered\n",
  })

/** Pieces of work: what it is called, the routine, and how much it does. */
export type Work = readonly [name: string, routine: string, amount: string]

/** `bench_table`: name, routine, amount; and the format of a line. */
export const benchTexts = (work: readonly Work[]): string =>
  table(
    "bench_table",
    work.map(([name, routine, amount]) => [text(name), routine, text(amount)]),
  ) + texts({ bench_format: "%s: %s, %u us\n" })

/** What `unexpected` prints. */
export const unexpectedTexts = texts({
  unexpected_format: "unexpected exception %u, status %x, address %x\n",
  state_format: "link %x, status register %x\n",
})

/** The generator of operands for samples: seed, factor, and term of its sequence. */
export const OPERANDS = { seed: 0x1bad_cafe, factor: 1_664_525, term: 1_013_904_223, pairs: 1000 } as const

const wordText = (word: string | number): string => (typeof word === "number" ? `0x${word.toString(16)}` : word)
