// Which parts of an architecture's source are semantics: what instructions, exceptions and helpers do, found in the
// syntax trees of its files. Encodings, texts and conditions of unpredictability are none.

import { join } from "node:path"
import {
  isArrowFunction,
  isCallExpression,
  isFunctionDeclaration,
  isFunctionExpression,
  isGetAccessorDeclaration,
  isIdentifier,
  isImportDeclaration,
  isMethodDeclaration,
  isNewExpression,
  isObjectLiteralExpression,
  isPropertyAssignment,
  isShorthandPropertyAssignment,
  isThrowStatement,
  isTypeAliasDeclaration,
  isTypeNode,
  isVariableStatement,
  type Node,
  type SourceFile,
  type Statement,
} from "typescript/unstable/ast"
import { API } from "typescript/unstable/sync"

/** A source file: its path in the project, its text, and its tree. */
export type Source = { readonly path: string; readonly text: string; readonly tree: SourceFile }

/** Reads the TypeScript files of a project whose paths pass the test. */
export function readSources(project: string, isWanted: (path: string) => boolean): Source[] {
  const api = new API({ cwd: project })
  try {
    const snapshot = api.updateSnapshot({ openProject: join(project, "tsconfig.json") })
    const { program } = snapshot.getProjects()[0]!
    return program
      .getSourceFileNames()
      .filter((name) => name.startsWith(`${project}/`) && isWanted(name.slice(project.length + 1)))
      .sort()
      .map((name) => {
        const tree = program.getSourceFile(name)!
        return { path: name.slice(project.length + 1), text: tree.text, tree }
      })
  } finally {
    api.close()
  }
}

/** Properties of declarations that hold no semantics: names, diagrams, texts, predicates over fields. */
const OTHER_PROPERTIES = new Set(
  (
    "encoding encodings section sections name bits args where defined unpredictable t32Unpredictable feature t32Feature " +
    "part width text invert print parse pattern fields forms opcode opcodes u printed registers a32 t32 hotHandlers"
  ).split(" "),
)

/** Properties that only a declaration of an instruction has. */
const DECLARING = new Set("encoding section sections bits printed opcodes opcode name".split(" "))

/** Types of parameters and constants that belong to encodings and texts. */
const OTHER_TYPES = /\b(?:FieldValues|Record<string, number>|Form|Text|Helper)\b/

/** Functions of the vocabulary whose numbers are widths of fields. */
const FIELD_MAKERS = new Set(["computed", "computedModifier", "joined", "operand", "modifier", "bits"])

/** Files whose exported functions are semantics although no instruction's declaration names them. */
const ROOT_FILES = /\/(?:exceptions|formats)\.ts$|\/system\/|\/helpers\.ts$/
/** Files that are entered only from the semantics of others, and those that have none. */
const TEXT_FILES = /\/text\/|text\.ts$/
const OTHER_FILES = /\/(?:index|instructions|hot-handlers|unpredictable|cp15-storage)\.ts$|\/models\//
/** Functions that make the encodings of instructions, and nothing else. */
const OTHER_NAMES = new Set(["encodingNames", "neon", "neonMemory", "inBothSets"])

const isFunction = (node: Node) =>
  isArrowFunction(node) ||
  isFunctionExpression(node) ||
  isFunctionDeclaration(node) ||
  isMethodDeclaration(node) ||
  isGetAccessorDeclaration(node)

function propertyName(node: Node): string | undefined {
  if (isPropertyAssignment(node) || isMethodDeclaration(node) || isShorthandPropertyAssignment(node))
    return node.name.getText()
  return undefined
}

/** Children whose contents may be semantics. */
function children(node: Node): Node[] {
  const found: Node[] = []
  node.forEachChild((child) => {
    if (isPropertyAssignment(node) && child === node.name) return
    found.push(child)
  })
  return found.filter((child) => {
    if (isTypeNode(child) || isThrowStatement(child)) return false
    if (isNewExpression(child) && child.expression.getText().endsWith("Error")) return false
    const name = propertyName(child)
    if (name !== undefined && OTHER_PROPERTIES.has(name)) return false
    return !isFunction(child) || !OTHER_TYPES.test(parametersOf(child))
  })
}

const parametersOf = (node: Node): string =>
  (node as { parameters?: readonly Node[] } & Node).parameters?.map((p) => p.getText()).join() ?? ""

/** Whether a declaration of an instruction stands in the node. */
function declares(node: Node): boolean {
  const name = propertyName(node)
  if (name !== undefined && DECLARING.has(name)) return true
  let found = false
  node.forEachChild((child) => {
    if (!found && !isTypeNode(child)) found = declares(child)
  })
  return found
}

/** A statement or constant at the top of a file. */
type Declaration = {
  readonly source: Source
  readonly node: Node
  readonly names: readonly string[]
  readonly exported: boolean
}

function declarationsOf(source: Source): Declaration[] {
  return source.tree.statements.flatMap((statement: Statement): Declaration[] => {
    if (isImportDeclaration(statement) || isTypeAliasDeclaration(statement)) return []
    const exported = /^export\b/.test(statement.getText())
    if (!isVariableStatement(statement)) {
      const name = (statement as { name?: Node } & Statement).name?.getText()
      return name === undefined ? [] : [{ source, node: statement, names: [name], exported }]
    }
    return statement.declarationList.declarations
      .filter((d) => d.type === undefined || !OTHER_TYPES.test(d.type.getText()))
      .map((d) => ({ source, node: d, names: d.name.getText().match(/\w+/g) ?? [], exported }))
  })
}

/** Calls `visit` for each node of semantics in a declaration: for what is in functions, or in constants that declare no instruction. */
function visitMeaning(node: Node, visit: (node: Node) => void, isMeaning = !declares(node)): void {
  if (isMeaning) visit(node)
  const isMaker = isCallExpression(node) && FIELD_MAKERS.has(node.expression.getText())
  for (const child of children(node)) {
    if (isMaker && !isFunction(child) && propertyName(child) === undefined && !isObjectLiteralExpression(child))
      continue
    visitMeaning(child, visit, isFunction(child) ? !declares(child) : isMeaning)
  }
}

/** Names that a declaration uses outside of what is no semantics. */
function references(node: Node): Set<string> {
  const names = new Set<string>()
  const walk = (n: Node): void => {
    if (isIdentifier(n)) names.add(n.text)
    for (const child of children(n)) walk(child)
  }
  walk(node)
  return names
}

/** Calls `visit` for each node of semantics in the files of an architecture, in their order. */
export function visitSemantics(sources: readonly Source[], visit: (source: Source, node: Node) => void): void {
  const all = sources.filter(({ path }) => !OTHER_FILES.test(path)).flatMap(declarationsOf)
  const byName = new Map<string, Declaration[]>()
  for (const d of all) for (const name of d.names) byName.set(name, [...(byName.get(name) ?? []), d])
  const reached = new Set<Declaration>()
  const reach = (d: Declaration): void => {
    if (reached.has(d) || d.names.some((name) => OTHER_NAMES.has(name))) return
    reached.add(d)
    for (const name of references(d.node)) {
      const candidates = byName.get(name) ?? []
      const own = candidates.filter(({ source }) => source === d.source)
      for (const next of own.length > 0 ? own : candidates.filter(({ exported }) => exported)) reach(next)
    }
  }
  for (const d of all) {
    const { path } = d.source
    if (TEXT_FILES.test(path)) continue
    if (declares(d.node) || (d.exported && ROOT_FILES.test(path))) reach(d)
  }
  for (const d of all) if (reached.has(d)) visitMeaning(d.node, (node) => visit(d.source, node))
}
