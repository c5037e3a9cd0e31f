// Vector files (`.vec`): cases of assembly with registers and memory before and after, which run on every engine.
//
//   # comment
//   title of the case
//     add r0, r1, r2          assembly: indented lines
//     r1 = 5   r2 = -1        registers and words of memory before: also indented
//     [0x1000] = 0x12345678
//   ==>
//     r0 = 4                  what is different after; all else must be unchanged
//
// Directives of the assembler (`.thumb`) and labels are lines of assembly too; labels may be in the first column. The line
// `!dataAbort` among the expectations says that this exception is taken. Registers that are not named may then change.

import { byteWidth, type StateView } from "../../cpu/ir/index.ts"
import { type Architecture, assembleSource, type SourceDialect } from "../../cpu/isa/index.ts"

/** A register or a word of memory with its value. */
export type Assignment = { readonly name: string; readonly value: bigint }

/** One case of a vector file. */
export type Vector = {
  readonly title: string
  /** Line of the title in the file, from 1. */
  readonly line: number
  readonly source: string
  readonly before: readonly Assignment[]
  readonly after: readonly Assignment[]
  /** The exception that ends the case, if any. */
  readonly exception: string | undefined
}

const assignment = /(\[[^\]]+\]|[A-Za-z_]\w*(?:\.\w+|\[\d+\])?)\s*=\s*(-?(?:0x[0-9a-fA-F_]+|[0-9_]+))(?=\s|$)/g
const onlyAssignments = new RegExp(`^(?:\\s*${assignment.source})+\\s*$`)

function assignmentsIn(line: string): Assignment[] {
  return [...line.matchAll(assignment)].map(([, name, value]) => {
    const text = value!.replaceAll("_", "")
    return { name: name!, value: text[0] === "-" ? -BigInt(text.slice(1)) : BigInt(text) }
  })
}

/** Parses a vector file; throws `file:line: message`. */
export function parseVectors(text: string, file = "vectors"): Vector[] {
  const cases: Vector[] = []
  let open:
    | { title: string; line: number; source: string[]; before: Assignment[]; after: Assignment[] | undefined }
    | undefined
  let exception: string | undefined
  const close = () => {
    if (!open) return
    if (!open.after) throw new Error(`${file}:${open.line}: "${open.title}" has no ==>`)
    if (open.source.length === 0) throw new Error(`${file}:${open.line}: "${open.title}" has no instructions`)
    cases.push({ ...open, source: open.source.join("\n"), after: open.after, exception })
    open = undefined
    exception = undefined
  }
  for (const [n, whole] of text.split(/\r?\n/).entries()) {
    const line = whole.replace(/^#.*$|\s+#\s.*$/, "").trimEnd()
    if (line.trim() === "") continue
    if (/^==>/.test(line)) {
      if (!open || open.after) throw new Error(`${file}:${n + 1}: ==> outside of a case`)
      open.after = []
    } else if (/^\S/.test(line) && !(open && !open.after && /^[\w.]+:(?:\s|$)/.test(line))) {
      close()
      open = { title: line.trim(), line: n + 1, source: [], before: [], after: undefined }
    } else if (!open) throw new Error(`${file}:${n + 1}: a line before the first title`)
    else if (onlyAssignments.test(line)) (open.after ?? open.before).push(...assignmentsIn(line))
    else if (!open.after) open.source.push(line.replace(/^ {2}/, ""))
    else if (/^\s*!\w+$/.test(line)) exception = line.trim().slice(1)
    else throw new Error(`${file}:${n + 1}: neither a value nor an exception: ${line.trim()}`)
  }
  close()
  return cases
}

/** A CPU with flat memory from address 0, under one engine. */
export type VectorSession = {
  readonly state: StateView
  /** Guest memory, at least 64 KiB. */
  readonly memory: Uint8Array
  /** Executes until PC leaves `start <= PC < end`, or `limit` instructions; returns the names of the exceptions taken. */
  run(start: number, end: number, limit: number): { readonly exceptions: readonly string[] }
}

/** An engine that vectors run on. */
export type VectorEngine = { readonly name: string; start(): VectorSession }

/** What vectors need of an architecture. */
export type VectorTarget = {
  readonly architecture: Architecture
  readonly dialect: SourceDialect
  readonly engines: readonly VectorEngine[]
  /** Registers without meaning, such as `GPR[15]`. */
  readonly scratch?: readonly string[]
  /** Registers by names that vectors use and the state lacks (`cpsr`, `xer.ov`). */
  readonly alias?: Readonly<Record<string, string>>
  /** Prepares a CPU beyond its reset state. */
  prepare?(state: StateView): void
  /** Computes registers that the CPU keeps in another form while it runs. */
  materialise?(state: StateView): void
}

const CODE = 0x8000
const LIMIT = 10_000

/** Runs a case on one engine; returns a line for each difference from what is expected. */
export function runVector(vector: Vector, target: VectorTarget, engine: VectorEngine): string[] {
  const { architecture, dialect } = target
  const session = engine.start()
  const { state, memory } = session
  const { bytes } = assembleSource(vector.source, dialect, { file: vector.title, origin: CODE })
  state.reset()
  target.prepare?.(state)
  const first = /^\s*(\.\w+)\s*$/m.exec(vector.source)?.[1]
  const format = Object.values(dialect.formats).indexOf(
    dialect.formats[first ?? ""] ?? Object.values(dialect.formats)[0]!,
  )
  state.write(architecture.engine.ISA, 0, format)
  state.write(architecture.engine.PC, 0, CODE)
  memory.fill(0)
  memory.set(bytes, CODE)
  const places = new Places(target, session)
  for (const { name, value } of vector.before) places.set(name, value)
  const before = places.all()
  const expected = new Map(before)
  for (const { name, value } of vector.after) expected.set(places.key(name), places.truncated(name, value))
  const { exceptions } = session.run(CODE, CODE + bytes.length, LIMIT)
  target.materialise?.(state)
  const after = places.all()
  const problems: string[] = []
  const taken = exceptions.join(", ") || "none"
  const wanted = vector.exception ?? "none"
  if (taken !== wanted) problems.push(`exception is ${taken}, not ${wanted}`)
  const named = new Set(vector.after.map(({ name }) => places.key(name)))
  for (const key of new Set([...expected.keys(), ...after.keys()])) {
    const value = after.get(key) ?? 0n
    const wanted = expected.get(key) ?? 0n
    if (value === wanted || (places.isFree(key) && !named.has(key))) continue
    if (vector.exception !== undefined && !named.has(key)) continue
    problems.push(`${key} is ${places.print(value)}, not ${places.print(wanted)}`)
  }
  return problems
}

/** Registers and memory words by name. */
class Places {
  readonly #target: VectorTarget
  readonly #session: VectorSession
  readonly #free: ReadonlySet<string>

  constructor(target: VectorTarget, session: VectorSession) {
    this.#target = target
    this.#session = session
    // Engines change these between instructions, so a case must name the ones that it expects.
    const { PC, ISA, CONTEXT, REGIME, EXCEPTION, EXCEPTION_PC, EXCEPTION_CONTEXT, EXCEPTION_ARG } =
      target.architecture.engine
    const engine = [PC, ISA, CONTEXT, REGIME, EXCEPTION, EXCEPTION_PC, EXCEPTION_CONTEXT, EXCEPTION_ARG]
    const names = engine.flatMap((file) => Array.from({ length: file.count }, (_, n) => `${file.name}[${n}]`))
    this.#free = new Set([...names, ...(target.scratch ?? [])])
  }

  isFree = (key: string) => this.#free.has(key)

  /** The key of a place in `all`. */
  key(name: string): string {
    const address = /^\[(.+)\]$/.exec(name)
    if (address) return `[0x${(Number(address[1]) & ~3).toString(16)}]`
    const { file, index } = this.#register(name)
    if (file.storage !== file.name) throw new Error(`${name} views other registers: name those`)
    return `${file.name}[${index}]`
  }

  set(name: string, value: bigint): void {
    const address = /^\[(.+)\]$/.exec(name)
    if (address)
      this.#memory().setUint32(Number(address[1]), Number(BigInt.asUintN(32, value)), !this.#target.dialect.bigEndian)
    else {
      const { file, index } = this.#register(name)
      this.#session.state.write(file, index, value)
    }
  }

  truncated(name: string, value: bigint): bigint {
    return BigInt.asUintN(name[0] === "[" ? 32 : 8 * byteWidth(this.#register(name).file.type), value)
  }

  /** Every register and every word of memory that is not zero, as unsigned integers. */
  all(): Map<string, bigint> {
    const found = new Map<string, bigint>()
    const { state, memory } = this.#session
    for (const file of state.layout.list) {
      if (file.storage !== file.name) continue
      for (let index = 0; index < file.count; index++) {
        found.set(`${file.name}[${index}]`, BigInt.asUintN(8 * byteWidth(file.type), BigInt(state.read(file, index))))
      }
    }
    const words = this.#memory()
    for (let at = 0; at + 4 <= memory.length; at += 4) {
      const value = words.getUint32(at, !this.#target.dialect.bigEndian)
      if (value !== 0) found.set(`[0x${at.toString(16)}]`, BigInt(value))
    }
    return found
  }

  print = (value: bigint) => `0x${value.toString(16)}`

  #memory(): DataView {
    const { memory } = this.#session
    return new DataView(memory.buffer, memory.byteOffset, memory.byteLength)
  }

  #register(name: string) {
    const { architecture, alias } = this.#target
    if (name.toLowerCase() === "pc") return { file: architecture.engine.PC, index: 0 }
    const found = this.#session.state.find(alias?.[name.toLowerCase()] ?? name)
    if (!found) throw new Error(`no register ${name}`)
    return found
  }
}
