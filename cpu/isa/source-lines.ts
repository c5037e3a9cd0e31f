// Splits assembly source into statements: labels, local labels, directives, instructions.

import { AssemblyError } from "./encode.ts"

/** One label, directive or instruction, with its line number (from 1). */
export type SourceStatement =
  | { readonly kind: "label"; readonly line: number; readonly name: string }
  | { readonly kind: "directive"; readonly line: number; readonly name: string; readonly args: readonly string[] }
  | { readonly kind: "instruction"; readonly line: number; readonly mnemonic: string; readonly operands: string }

/** Source that cannot be assembled, with its line. */
export class LineError extends AssemblyError {
  readonly line: number
  constructor(line: number, message: string) {
    super(message)
    this.line = line
  }
}

/**
 * Splits source into statements. Comments are what the dialect says, to the end of the line, and `/* … *​/`. A local label `1:` gets a
 * unique name, which replaces `1b` (back) and `1f` (forward).
 */
export function parseSource(source: string, comments: readonly string[]): SourceStatement[] {
  const statements: SourceStatement[] = []
  const locals = new Map<string, number>()
  for (const [n, whole] of withoutBlockComments(source).split(/\r?\n/).entries()) {
    const line = n + 1
    let rest = withoutComment(whole, comments).trim()
    for (let label = labelOf(rest); label; label = labelOf(rest)) {
      statements.push({ kind: "label", line, name: defineLabel(label.name, locals) })
      rest = label.rest
    }
    const equation = /^([A-Za-z_.$][\w.$]*)\s*=(?!=)\s*(.+)$/.exec(rest)
    if (rest === "") continue
    rest = equation ? `.equ ${equation[1]}, ${equation[2]}` : rest
    const [, first, tail] = /^(\S+)\s*(.*)$/s.exec(rest)!
    const text = outsideStrings(tail!, (part) => withLocalLabels(part, locals, line))
    if (first!.startsWith(".")) {
      statements.push({ kind: "directive", line, name: first!.toLowerCase(), args: splitOperands(text) })
    } else statements.push({ kind: "instruction", line, mnemonic: first!.toLowerCase(), operands: text })
  }
  return statements
}

const localName = (number: string, count: number) => `.local.${Number(number)}.${count}`

function defineLabel(name: string, locals: Map<string, number>): string {
  if (!/^[0-9]+$/.test(name)) return name
  const count = (locals.get(name) ?? 0) + 1
  locals.set(name, count)
  return localName(name, count)
}

function withLocalLabels(text: string, locals: ReadonlyMap<string, number>, line: number): string {
  return text.replace(/(?<![\w.$])([0-9]+)([bf])(?![\w.$])/g, (whole, number: string, direction: string) => {
    const count = locals.get(number) ?? 0
    if (direction === "b" && count === 0) throw new LineError(line, `no label ${number} before ${whole}`)
    return localName(number, direction === "b" ? count : count + 1)
  })
}

function labelOf(text: string): { name: string; rest: string } | undefined {
  const match = /^([A-Za-z_.$][\w.$]*|[0-9]+):\s*(.*)$/s.exec(text)
  return match ? { name: match[1]!, rest: match[2]! } : undefined
}

const strings = /"(?:\\.|[^"\\])*"|'(?:\\.|[^\\'])'/g

function outsideStrings(text: string, change: (part: string) => string): string {
  let out = ""
  let end = 0
  for (const match of text.matchAll(strings)) {
    out += change(text.slice(end, match.index)) + match[0]
    end = match.index + match[0].length
  }
  return out + change(text.slice(end))
}

function withoutBlockComments(source: string): string {
  return source.replace(/"(?:\\.|[^"\\\n])*"|\/\*[\s\S]*?\*\//g, (found) =>
    found[0] === '"' ? found : found.replace(/[^\n]+/g, " "),
  )
}

function withoutComment(line: string, comments: readonly string[]): string {
  const comment = new RegExp(`${strings.source}|(${comments.join("|")}).*$`, "g")
  return line.replace(comment, (found, start: string | undefined) => (start === undefined ? found : ""))
}

/** Splits at commas outside of brackets and strings. */
export function splitOperands(text: string): string[] {
  const parts: string[] = []
  let depth = 0
  let from = 0
  for (const match of text.matchAll(/"(?:\\.|[^"\\])*"|'(?:\\.|[^\\'])'|[[({]|[\])}]|,/g)) {
    if (/^[[({]/.test(match[0])) depth++
    else if (/^[\])}]/.test(match[0])) depth--
    else if (match[0] === "," && depth === 0) {
      parts.push(text.slice(from, match.index).trim())
      from = match.index + 1
    }
  }
  const last = text.slice(from).trim()
  if (last !== "" || parts.length > 0) parts.push(last)
  return parts
}
