// The decompiler behind `see`: control structures are recognised by where branches lead (IEEE 1275-1994, section 7.5.3.1).

import { BODY, CELL } from "./data-space.ts"
import { hexAddress } from "./errors.ts"
import type { Forth } from "./forth.ts"
import { signedText } from "./numbers.ts"

/** Cells of a definition that are shown at most. */
const MOST_CELLS = 2048
const INDENT = 2
const LINE_COLUMNS = 72

/** A token of a thread with what stands behind it. */
interface Step {
  readonly at: number
  readonly name: string
  /** The cell behind the token, for words that have one. */
  readonly operand: number
  readonly text: string
  readonly next: number
}

const WITH_OPERAND = new Set(
  ["lit", "branch", "?branch", "do", "?do", "loop", "+loop", "of", "to", "compile"].map((name) => `(${name})`),
)

/** The source text of a word, as good as it can be told from its code; in lines. */
export function decompile(f: Forth, xt: number): string[] {
  const header = f.dictionary.byXt(xt)
  const name = header?.name ?? ""
  const code = f.actionOf(xt) ? f.memory.cell(xt) : 0
  const kind = [
    "(colon)",
    "(constant)",
    "(value)",
    "(variable)",
    "(create)",
    "(does)",
    "(defer)",
    "(buffer)",
    "(field)",
  ].find((each) => code === f.codeOf(each))
  const content = () => signedText(f.memory.cell(xt + BODY), f.memory.slot("base"))
  switch (kind) {
    case "(colon)": {
      const head = name === "" ? ":noname" : `: ${name}${header?.stack === undefined ? "" : ` ( ${header.stack} )`}`
      return [head, ...new Listing(f, xt + BODY).lines(), `;${header?.immediate ? " immediate" : ""}`]
    }
    case "(constant)":
    case "(value)":
      return [`${content()} ${kind.slice(1, -1)} ${name}`]
    case "(variable)":
    case "(create)":
    case "(buffer)":
      return [`${kind === "(buffer)" ? "buffer:" : kind.slice(1, -1)} ${name} \\ at ${hexAddress(xt + BODY)}`]
    case "(does)":
      return [`create ${name} does>`, ...new Listing(f, f.memory.cell(xt - CELL)).lines(), ";"]
    case "(defer)": {
      const target = f.memory.cell(xt + BODY)
      return [`defer ${name}`, `' ${f.dictionary.byXt(target)?.name ?? hexAddress(target)} to ${name}`]
    }
    default:
      return [`${name} ( ${header?.stack ?? "???"} ) \\ built in`]
  }
}

/** Reads a thread and lays it out. */
class Listing {
  readonly #forth: Forth
  readonly #steps: readonly Step[]
  /** What is written before the step at an address. */
  readonly #before = new Map<number, string[]>()
  readonly #lines: string[] = []
  #line = ""
  #depth = 1

  constructor(forth: Forth, start: number) {
    this.#forth = forth
    this.#steps = this.#read(start)
    for (const step of this.#steps) this.#findStructure(step)
  }

  lines(): string[] {
    for (const step of this.#steps.slice(0, -1)) {
      for (const word of this.#before.get(step.at) ?? []) this.#write(word)
      this.#write(step.name)
    }
    for (const word of this.#before.get(this.#steps.at(-1)?.at ?? 0) ?? []) this.#write(word)
    this.#breakLine()
    return this.#lines
  }

  /** Steps up to the `exit` that no branch leads beyond. */
  #read(start: number): Step[] {
    const { memory } = this.#forth
    const steps: Step[] = []
    let furthest = start
    for (let at = start; steps.length < MOST_CELLS && memory.isOwnCell(at); ) {
      const step = this.#step(at)
      steps.push(step)
      if (/^\((?:\?branch|branch|do|\?do|of)\)$/.test(step.name)) furthest = Math.max(furthest, step.operand)
      if (step.name === "exit" && at >= furthest) break
      at = step.next
    }
    return steps
  }

  #step(at: number): Step {
    const { memory, dictionary } = this.#forth
    const xt = memory.cell(at)
    const name = dictionary.byXt(xt)?.name || `(${hexAddress(xt)})`
    if (name === '(")') {
      const length = memory.cell(at + CELL)
      const text = memory.text(at + 2 * CELL, Math.max(0, Math.min(length, 255)))
      return { at, name, operand: 0, text, next: at + 2 * CELL + ((length + CELL) & -CELL) }
    }
    const hasOperand = WITH_OPERAND.has(name)
    const operand = hasOperand ? memory.cell(at + CELL) : 0
    return { at, name, operand, text: "", next: at + (hasOperand ? 2 * CELL : CELL) }
  }

  /** The step whose end is at an address: what stands before the target of a forward branch tells its kind. */
  #stepBefore(address: number): Step | undefined {
    return this.#steps.find(({ next }) => next === address)
  }

  #add(address: number, word: string): void {
    const words = this.#before.get(address)
    if (words) words.push(word)
    else this.#before.set(address, [word])
  }

  /** Renames a step to the word of source text that made it, and puts `begin` and `then` where they belong. */
  #findStructure(step: Step): void {
    const rename = (of: Step, name: string) => Object.assign(of, { name })
    const isForward = step.operand > step.at
    const last = this.#stepBefore(step.operand)
    switch (step.name) {
      case "(lit)":
        return void rename(step, signedText(step.operand, this.#forth.memory.slot("base")))
      case '(")':
        this.#nameString(step)
        return
      case "(to)":
        return void rename(step, `to ${this.#forth.dictionary.byXt(step.operand)?.name}`)
      case "(compile)":
        return void rename(step, `compile ${this.#forth.dictionary.byXt(step.operand)?.name}`)
      case "(?branch)":
        if (!isForward) {
          this.#add(step.operand, "begin")
          return void rename(step, "until")
        }
        if (last?.name === "(branch)" && last.operand <= step.at) {
          this.#add(last.operand, "begin")
          rename(last, "repeat")
          return void rename(step, "while")
        }
        rename(step, "if")
        if (last?.name === "(branch)" && last.operand > last.at) {
          rename(last, "else")
          this.#add(last.operand, "then")
        } else this.#add(step.operand, "then")
        return
      case "(branch)":
        if (!isForward) this.#add(step.operand, "begin")
        return void rename(step, isForward ? "ahead" : "again")
      case "(of)":
        this.#nameOf(step, last)
        return
      case "(do)":
      case "(?do)":
      case "(loop)":
      case "(+loop)":
        return void rename(step, step.name.slice(1, -1))
    }
  }

  #nameString(step: Step): void {
    const following = this.#steps.find(({ at }) => at === step.next)
    const isShown = following?.name === "type"
    const isAbort = following?.name === '(abort")'
    Object.assign(step, { name: `${isShown ? "." : isAbort ? "abort" : ""}" ${step.text}"` })
    if (following && (isShown || isAbort)) Object.assign(following, { name: "" })
  }

  /** `of` ... `endof`; the last one of a case leads to `drop`, which is `endcase`. */
  #nameOf(step: Step, last: Step | undefined): void {
    Object.assign(step, { name: "of" })
    if (last?.name !== "(branch)") return
    const isFirst = !this.#steps.some(
      ({ name, at, operand }) => name === "endof" && at < step.at && operand === last.operand,
    )
    if (isFirst) {
      const value = this.#stepBefore(step.at)
      if (value) this.#before.set(value.at, ["case", ...(this.#before.get(value.at) ?? [])])
    }
    Object.assign(last, { name: "endof" })
    const drop = this.#stepBefore(last.operand)
    if (drop?.name === "drop") Object.assign(drop, { name: "endcase" })
  }

  /** Words that begin a structure are followed by a deeper line, words that end one are preceded by a break. */
  #write(word: string): void {
    if (word === "") return
    const closes = /^(?:then|else|until|again|repeat|while|loop|\+loop|endcase)$/.test(word)
    const opens = /^(?:if|else|begin|while|do|\?do|case)$/.test(word)
    if (closes) {
      this.#breakLine()
      this.#depth = Math.max(1, this.#depth - 1)
    } else if (word.length + this.#line.length > LINE_COLUMNS) this.#breakLine()
    this.#line += `${word} `
    if (opens) {
      this.#breakLine()
      this.#depth++
    } else if (closes || word === "endof") this.#breakLine()
  }

  #breakLine(): void {
    if (this.#line !== "") this.#lines.push(" ".repeat(this.#depth * INDENT) + this.#line.trimEnd())
    this.#line = ""
  }
}
