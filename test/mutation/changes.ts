// The single changes that a node of semantics allows: an operator swapped, a constant shifted, a condition negated, a
// choice turned around, an effect left out.

import {
  isBigIntLiteral,
  isBinaryExpression,
  isCallExpression,
  isConditionalExpression,
  isExpressionStatement,
  isIfStatement,
  isNumericLiteral,
  isPrefixUnaryExpression,
  isPropertyAccessExpression,
  isStringLiteral,
  isTemplateHead,
  type Node,
  SyntaxKind,
} from "typescript/unstable/ast"
import { type Source, visitSemantics } from "./semantics.ts"

/** A change of a source text: `before` at `start` becomes `after`. */
export type Change = {
  readonly path: string
  readonly line: number
  readonly start: number
  readonly kind: string
  readonly before: string
  readonly after: string
}

/** A place in the source, and the changes that it allows: all of one kind. */
export type Point = { readonly kind: string; readonly changes: readonly Change[] }

/** Operations of the builder, and what each becomes. */
const METHODS: Readonly<Record<string, readonly string[]>> = {
  add: ["sub"],
  sub: ["add"],
  mul: ["add"],
  divS: ["divU"],
  divU: ["divS"],
  and: ["or"],
  or: ["and"],
  xor: ["or"],
  shl: ["shrU"],
  shrU: ["shrS", "shl"],
  shrS: ["shrU"],
  rotr: ["rotl", "shrU"],
  rotl: ["rotr"],
  clz: ["ctz"],
  ctz: ["clz"],
  eq: ["ne"],
  ne: ["eq"],
  ltS: ["leS", "ltU"],
  ltU: ["leU", "ltS"],
  gtS: ["geS", "gtU"],
  gtU: ["geU", "gtS"],
  leS: ["ltS", "leU"],
  leU: ["ltU", "leS"],
  geS: ["gtS", "geU"],
  geU: ["gtU", "geS"],
  extendS: ["extendU"],
  extendU: ["extendS"],
  even: ["odd"],
  odd: ["even"],
  addSaturating: ["subSaturating"],
  subSaturating: ["addSaturating"],
}

/** Ends of names of vector operations, and what each becomes. */
const VECTOR: readonly (readonly [string, readonly string[]])[] = [
  ["addSatS", ["addSatU"]],
  ["addSatU", ["addSatS"]],
  ["subSatS", ["subSatU"]],
  ["subSatU", ["subSatS"]],
  ["truncSatS", ["truncSatU"]],
  ["truncSatU", ["truncSatS"]],
  ["convertS", ["convertU"]],
  ["convertU", ["convertS"]],
  ["max", ["min"]],
  ["min", ["max"]],
  ["maxS", ["minS"]],
  ["minS", ["maxS"]],
  ["maxU", ["minU"]],
  ["minU", ["maxU"]],
  ["andnot", ["and"]],
  ["and", ["or"]],
  ["or", ["and"]],
  ["xor", ["or"]],
  ["add", ["sub"]],
  ["sub", ["add"]],
  ["mul", ["add"]],
  ["shl", ["shrU"]],
  ["shrS", ["shrU"]],
  ["shrU", ["shrS", "shl"]],
  ["eq", ["ne"]],
  ["ne", ["eq"]],
  ["ltS", ["ltU", "leS"]],
  ["ltU", ["ltS", "leU"]],
  ["lt", ["le"]],
  ["le", ["lt"]],
  ["gt", ["ge"]],
  ["ge", ["gt"]],
  ["anyTrue", []],
  ["extractLane0", ["extractLane1"]],
  ["extractLane1", ["extractLane0"]],
  ["promoteLow", []],
]

/** Operators of the language that semantics are computed with. */
const OPERATORS: Readonly<Record<string, readonly string[]>> = {
  "+": ["-"],
  "-": ["+"],
  "*": ["+"],
  "/": ["*"],
  "%": ["*"],
  "&": ["|"],
  "|": ["&"],
  "^": ["|"],
  "<<": [">>>"],
  ">>": ["<<"],
  ">>>": [">>", "<<"],
  "===": ["!=="],
  "!==": ["==="],
  "<": ["<=", ">="],
  "<=": ["<", ">"],
  ">": [">=", "<="],
  ">=": [">", "<"],
  "&&": ["||"],
  "||": ["&&"],
  "|=": ["&="],
  "+=": ["-="],
}

/** Receivers of operations: the builder, and elements of vectors. */
const RECEIVER = /^(?:b|e|wide|this|this\.#b|twice\(.*\))$/
const DIGITS = /^(?:0x[0-9a-f_]+|0b[01_]+|[0-9_]+)n?$/i

/** Finds every point of the semantics that can be changed. */
export function pointsOf(sources: readonly Source[]): Point[] {
  const points: Point[] = []
  visitSemantics(sources, (source, node) => {
    const add = (kind: string, at: Node, ...texts: readonly string[]): void => {
      if (texts.length > 0) points.push({ kind, changes: texts.map((text) => changeOf(source, kind, at, text)) })
    }
    changesAt(node, add)
  })
  return points
}

function changeOf(source: Source, kind: string, at: Node, after: string): Change {
  const start = at.getStart()
  const line = source.text.slice(0, start).split("\n").length
  return { path: source.path, line, start, kind, before: source.text.slice(start, at.getEnd()), after }
}

/** The text of a file after a change. */
export function applied(text: string, { start, before, after }: Change): string {
  return text.slice(0, start) + after + text.slice(start + before.length)
}

type Add = (kind: string, at: Node, ...texts: readonly string[]) => void

/** A test whether a value is known when translating: it chooses between two ways to the same result. */
const isShortcut = (node: Node) => /\.kind === "const"/.test(node.getText())

/** An extended amount of a shift, which counts by its low bits alone. */
function isAmount(node: Node): boolean {
  const { parent } = node
  if (!isCallExpression(parent) || parent.arguments[1] !== node) return false
  return /\.(?:shl|shr[SU]|rot[lr])$/.test(parent.expression.getText())
}

function changesAt(node: Node, add: Add): void {
  if (isCallExpression(node)) callChanges(node, add)
  else if (isBinaryExpression(node)) {
    if (isShortcut(node)) return
    const operator = node.operatorToken.getText()
    add("operator", node.operatorToken, ...(OPERATORS[operator] ?? []))
  } else if (isPrefixUnaryExpression(node)) {
    if (!isNumericLiteral(node.operand) && !isBigIntLiteral(node.operand)) add("operator", node, node.operand.getText())
  } else if (isConditionalExpression(node)) {
    const [test, yes, no] = [node.condition, node.whenTrue, node.whenFalse].map((part) => part.getText())
    add("choice", node, `${test} ? (${no}) : (${yes})`)
  } else if (isIfStatement(node)) {
    if (!isShortcut(node.expression)) add("condition", node.expression, `!(${node.expression.getText()})`)
  } else if (isNumericLiteral(node) || isBigIntLiteral(node)) add("constant", node, ...shifted(node.getText()))
  else if (node.kind === SyntaxKind.TrueKeyword) add("constant", node, "false")
  else if (node.kind === SyntaxKind.FalseKeyword) add("constant", node, "true")
  else if (isExpressionStatement(node)) add("effect", node, ";")
  else if (isStringLiteral(node) || isTemplateHead(node)) vectorChanges(node, add)
}

/** A number one more, one less, and doubled. */
function shifted(text: string): string[] {
  if (!DIGITS.test(text)) return []
  const [one, isZero] = text.endsWith("n")
    ? ["1n", BigInt(text.slice(0, -1).replaceAll("_", "")) === 0n]
    : ["1", Number(text.replaceAll("_", "")) === 0]
  return isZero ? [`(${text} + ${one})`] : [`(${text} + ${one})`, `(${text} - ${one})`, `(${text} << ${one})`]
}

function callChanges(node: Node, add: Add): void {
  if (!isCallExpression(node)) return
  const { expression: callee, arguments: args } = node
  if (!isPropertyAccessExpression(callee) || !RECEIVER.test(callee.expression.getText())) return
  const name = callee.name.getText()
  const texts = args.map((arg) => arg.getText())
  const call = (...others: readonly string[]) => `${callee.getText()}(${others.join(", ")})`
  if (!(name.startsWith("extend") && isAmount(node))) add("operator", callee.name, ...(METHODS[name] ?? []))
  if ((name === "not" || name === "eqz" || name === "neg") && texts.length === 1) add("operator", node, texts[0]!)
  if (name === "select") add("choice", node, call(texts[0]!, texts[2]!, texts[1]!))
  if (name === "if") add("condition", args[0]!, `b.eqz(${texts[0]})`)
}

/** Changes of the name of a vector operation, `i32x4.add`, or of its beginning: `max${sign}`. */
function vectorChanges(node: Node, add: Add): void {
  const call = node.parent?.kind === SyntaxKind.TemplateExpression ? node.parent.parent : node.parent
  if (!call || !isCallExpression(call) || !/^(?:.*\.op|float|ints|wide)$/.test(call.expression.getText())) return
  const text = node.getText()
  const parts = /^(["`](?:\w+\.)?)(\w+)(["`]|\$\{)$/.exec(text)
  const found = parts && VECTOR.find(([name]) => name === parts[2])
  if (found) add("operator", node, ...found[1].map((name) => `${parts[1]}${name}${parts[3]}`))
}
