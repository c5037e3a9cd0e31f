// Words that look at words: words, see, sifting, patch (IEEE 1275-1994, section 7.5).

import { CELL } from "../data-space.ts"
import { decompile } from "../decompile.ts"
import { ForthError, THROW, undefinedWord } from "../errors.ts"
import type { Forth } from "../forth.ts"
import { parseNumber } from "../numbers.ts"
import { type WordDefinition, word } from "../word.ts"
import { tick } from "./defining.ts"

const LINE_COLUMNS = 76
/** Cells of a definition that `patch` searches. */
const MOST_PATCHED = 4096

/** Shows names, the latest first, in lines. */
function showNames(f: Forth, isShown: (name: string) => boolean): void {
  const { active, common } = f.dictionary
  const lists = active === 0 ? [common] : [f.dictionary.packageWords(active), common]
  f.terminal.freshLine()
  for (const list of active === 0 ? lists : lists.slice(0, 1)) {
    for (const { name, hidden } of [...list.headers].reverse()) {
      if (hidden || name === "" || !isShown(name)) continue
      if (f.memory.slot("#out") + name.length > LINE_COLUMNS) f.terminal.cr()
      f.terminal.type(`${name} `)
    }
  }
  if (active === 0) return
  const methods = f.tree.methods(active).filter(isShown)
  if (methods.length > 0) f.terminal.type(methods.join(" "))
}

function sift(f: Forth): void {
  const part = f.input.name().toLowerCase()
  showNames(f, (name) => name.includes(part))
}

function see(f: Forth, xt: number): void {
  for (const line of decompile(f, xt)) f.terminal.line(line)
}

/** What `patch` puts in or takes out: a word, or a number with its literal. */
function patchCells(f: Forth, name: string): readonly number[] {
  const header = f.find(name)
  if (header) return [header.xt]
  const number = parseNumber(name, f.memory.slot("base"))
  if (!number) throw undefinedWord(name)
  return [f.xt("(lit)"), number.low]
}

/** patch new old word: replaces the first use of a word, or of a number, in a definition. */
function patch(f: Forth): void {
  const replacement = patchCells(f, f.input.name())
  const old = patchCells(f, f.input.name())
  const xt = tick(f)
  if (f.memory.cell(xt) !== f.codeOf("(colon)") || xt < f.compiler.sealed || replacement.length !== old.length) {
    throw new ForthError(THROW.BAD_NAME_ARGUMENT, "Only words of a colon definition can be patched, each by its kind")
  }
  for (let at = xt + CELL, i = 0; i < MOST_PATCHED && at < f.memory.here; at += CELL, i++) {
    if (!old.every((cell, n) => f.memory.cell(at + n * CELL) === cell)) continue
    replacement.forEach((cell, n) => {
      f.memory.setCell(at + n * CELL, cell)
    })
    return
  }
  throw new ForthError(THROW.UNDEFINED_WORD, "The definition does not use that")
}

const HELP = [
  "words              lists the words; sifting TEXT those with a text in their names",
  "see NAME           shows what a word does",
  "show-devs          lists the device tree; dev PATH, ls, pwd, .properties look at a node",
  "printenv           shows the configuration variables; setenv NAME VALUE sets one",
  "boot DEVICE ARGS   starts a program; load, init-program and go do it step by step",
  "reset-all          starts the machine again; power-off turns it off",
  "Ctrl-C stops what runs. Numbers are hexadecimal; decimal and hex change that.",
] as const

/** Words of the dictionary's tools. */
export const tools: readonly WordDefinition[] = [
  word("words", "--", (f) => showNames(f, () => true)),
  word("sifting", '"text< >" --', sift),
  word("see", '"name" --', (f) => see(f, tick(f))),
  word("(see)", "xt --", (f) => see(f, f.stack.popUnsigned())),
  word("patch", '"new-name" "old-name" "word-to-patch" --', patch),
  word("showstack", "--", (f) => void (f.terminal.showsStack = true)),
  word("noshowstack", "--", (f) => void (f.terminal.showsStack = false)),
  word("help", "--", (f) => {
    for (const line of HELP) f.terminal.line(line)
  }),
]
