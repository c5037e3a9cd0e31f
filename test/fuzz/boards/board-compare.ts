// Compares what programs of one image recorded on both emulators, and tells the first difference.

import { type BoardProgram, engines, recordsOnEmulator, recordsOnQemu } from "./board-run.ts"

const hex = (words: Uint32Array): string => Array.from(words, (word) => word.toString(16).padStart(8, "0")).join(" ")

/** The first record in which the emulator departs from the reference, with the one before; "" if none does. */
export function firstDeparture(expected: Uint32Array, actual: Uint32Array, recordWords: number): string {
  const at = expected.findIndex((word, i) => word !== actual[i])
  if (at < 0) return ""
  const record = Math.floor(at / recordWords)
  const show = (words: Uint32Array, n: number): string => hex(words.subarray(n * recordWords, (n + 1) * recordWords))
  const before = record > 0 ? [`before:   ${show(expected, record - 1)}`] : []
  return [
    `word ${at % recordWords} of record ${record}`,
    ...before,
    `expected: ${show(expected, record)}`,
    `actual:   ${show(actual, record)}`,
  ].join("\n")
}

/**
 * What both emulators recorded: the reference, and the first departure of each engine. `correct` replaces what a quirk of
 * QEMU has spoiled.
 */
export async function compareBoards(
  program: BoardProgram,
  recordWords: number,
  correct: (record: Uint32Array) => void = () => {},
): Promise<{ expected: Uint32Array; departures: Record<string, string> }> {
  const expected = await recordsOnQemu(program)
  for (let at = 0; at < expected.length; at += recordWords) correct(expected.subarray(at, at + recordWords))
  const departures: Record<string, string> = {}
  for (const [name, options] of Object.entries(engines)) {
    departures[name] = firstDeparture(expected, await recordsOnEmulator(program, options), recordWords)
  }
  return { expected, departures }
}

/** The outcome of `compareBoards` when nothing departs. */
export const noDepartures: Readonly<Record<string, string>> = Object.fromEntries(
  Object.keys(engines).map((name) => [name, ""]),
)
