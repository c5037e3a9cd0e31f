// The engines that execute a CPU's code, by name, and how each is made.

import { Evaluator } from "../cpu/evaluator/evaluator.ts"
import type { CodePort } from "../cpu/interpreter/code-cache.ts"
import type { Generated } from "../cpu/interpreter/generate.ts"
import { Interpreter } from "../cpu/interpreter/interpreter.ts"
import type { StateView } from "../cpu/ir/index.ts"
import type { Architecture, DataPort, ExecutionEngine, HelperFunction } from "../cpu/isa/index.ts"
import { Jit } from "../cpu/jit/jit.ts"
import type { JitOptions } from "../cpu/jit/options.ts"

/** The engines by name. */
export const ENGINES = ["interpreter", "jit", "evaluator"] as const
export type Engine = (typeof ENGINES)[number]

/** Which engine, and how it is made. */
export type EngineOptions = {
  /** The interpreter, unless given. */
  readonly engine?: Engine | undefined
  /** How eagerly the JIT translates. */
  readonly jit?: JitOptions | undefined
  /** Counts how often each handler of the interpreter is executed. */
  readonly profile?: boolean | undefined
  /** Interpreters generated in advance (`npm run build`), by architecture. */
  readonly generated?: ((arch: Architecture) => Generated | undefined) | undefined
}

/** An engine in use. */
export type EngineParts = {
  readonly engine: ExecutionEngine
  /** The interpreter, if the engine has one. */
  readonly interpreter: Interpreter | undefined
  /** The JIT, which translates hot code, if the engine has one. */
  readonly jit: Jit | undefined
}

/** What an engine of a CPU works with. */
export type EnginePorts = {
  readonly code: CodePort
  readonly data: DataPort
  readonly helpers: Readonly<Record<string, HelperFunction>>
}

/** Makes the engine of a CPU whose registers `state` shows. */
export function makeEngine(
  arch: Architecture,
  memory: WebAssembly.Memory,
  state: StateView,
  ports: EnginePorts,
  { engine, profile = false, generated, jit }: EngineOptions,
): EngineParts {
  if (engine === "evaluator") {
    return { engine: new Evaluator(arch, memory, state, ports), interpreter: undefined, jit: undefined }
  }
  const interpreter = new Interpreter(arch, memory, ports, { profile, generated: generated?.(arch) })
  if (engine !== "jit") return { engine: interpreter, interpreter, jit: undefined }
  const options = { now: () => performance.now(), ...jit }
  return { engine: interpreter, interpreter, jit: new Jit(arch, memory, interpreter, options) }
}

/** Counters of an engine for `--stats`: calls of TypeScript by reason, and the size of its code caches. */
export function engineStats({ interpreter, jit }: EngineParts) {
  const cache = interpreter?.cache
  return {
    exits: { ...interpreter?.exits },
    ...(jit ? { jit: { ...jit.stats } } : {}),
    ...(cache ? { code: { decoded: cache.decoded, pages: cache.pageCount, evictions: cache.evictions } } : {}),
  }
}
