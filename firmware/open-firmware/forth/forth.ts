// The Forth engine (IEEE 1275-1994, sections 2.4 and 7.3): inner interpreter, exceptions, calls and slices.

import { CellStack } from "./cell-stack.ts"
import { Compiler } from "./compiler.ts"
import { ConfigurationVariables } from "./configuration.ts"
import { BODY, CELL, DataSpace } from "./data-space.ts"
import { Dictionary, type Header } from "./dictionary.ts"
import { ForthError, hexAddress, messageOf, THROW } from "./errors.ts"
import { FcodeStreams } from "./fcode/streams.ts"
import { Input } from "./input.ts"
import { install } from "./install.ts"
import { Packages } from "./packages.ts"
import type { ConsolePort, MemoryPort, SystemPort, VariablesPort } from "./ports.ts"
import { Terminal } from "./terminal.ts"
import type { ForthTree } from "./tree.ts"
import type { Action } from "./word.ts"
import { BUILT_IN } from "./words/index.ts"

/** What an engine is made of. */
export interface ForthOptions {
  memory: MemoryPort
  console: ConsolePort
  system: SystemPort
  tree: ForthTree
  variables: VariablesPort
  /** Address of the engine's data space in guest memory; a multiple of four. */
  base: number
  /** Its size in bytes, at least MIN_DATA_SPACE. */
  size: number
}

/**
 * Why `run` returned: the budget is used up; it waits for a key, for output to be taken or for time to pass; a client
 * program was started; a call by `begin` has come to its end.
 */
export type ForthStatus = "running" | "waiting" | "client" | "done"

/** What `run` did. */
export interface ForthRun {
  /** Words executed. */
  steps: number
  status: ForthStatus
  /** Virtual time in milliseconds until which nothing happens without a key. */
  untilMs?: number
}

/** How a call by `begin` ended: the throw code, 0 if there was none, and the data stack, bottom first. */
export interface CallResult {
  code: number
  message: string
  results: readonly number[]
}

/** What a call from outside interrupted, and where the call's own catch is on the return stack. */
interface OuterProgram {
  readonly handler: number
  readonly depth: number
  readonly status: ForthStatus
  catch: number
}

const DATA_CELLS = 1024
const RETURN_CELLS = 2048
/** High half of a code field: tells execution tokens from data. */
const CODE_TAG = 0x4f46_0000
const MOST_CODES = 0x1_0000
/** Bytes that are moved in the time of a word. */
const BYTES_A_STEP = 8
/** Words between two looks at the keyboard. */
const KEY_INTERVAL = 512

/**
 * A Forth system in slices. Code is threaded: a colon definition is a list of execution tokens in the data space, and a
 * built-in word is a TypeScript function whose number stands in its code field.
 */
export class Forth {
  readonly stack = new CellStack(DATA_CELLS, THROW.STACK_OVERFLOW, THROW.STACK_UNDERFLOW)
  readonly returns = new CellStack(RETURN_CELLS, THROW.RETURN_STACK_OVERFLOW, THROW.RETURN_STACK_UNDERFLOW)
  readonly memory: DataSpace
  readonly dictionary = new Dictionary()
  readonly input: Input
  readonly compiler: Compiler
  readonly terminal: Terminal
  readonly packages: Packages
  readonly configuration: ConfigurationVariables
  readonly fcode: FcodeStreams
  readonly system: SystemPort
  readonly tree: ForthTree
  /** Address of the next cell of the running thread. */
  ip = 0
  /** ihandle of the current instance; 0 if there is none. */
  mySelf = 0
  /** What `my-self` was when the prompt was shown last; an error goes back to it. */
  promptSelf = 0
  /** The exception that `catch` caught last. */
  caught = { code: 0, message: "" }
  /** The number under conversion to text, between <# and #>. */
  pictured = ""
  readonly #codes: Action[] = []
  readonly #names = new Map<string, number>()
  /** An execution token that comes before the thread; 0 if there is none. */
  #next = 0
  /** Depth of the return stack at the innermost catch; 0 if there is none. */
  #handler = 0
  #status: ForthStatus = "running"
  #untilMs: number | undefined
  #interrupted = false
  /** Steps of the word under way. */
  #work = 0
  readonly #calls: OuterProgram[] = []
  /** What the status becomes when the result of a call is taken. */
  #outerStatus: ForthStatus = "running"
  #result: CallResult = { code: 0, message: "", results: [] }

  constructor({ memory, console, system, tree, variables, base, size }: ForthOptions) {
    this.memory = new DataSpace(memory, base, size)
    this.system = system
    this.tree = tree
    this.terminal = new Terminal(this, console)
    this.input = new Input(this)
    this.compiler = new Compiler(this)
    this.packages = new Packages(this)
    this.configuration = new ConfigurationVariables(this, variables)
    this.fcode = new FcodeStreams(this.memory)
    this.memory.setSlot("base", 16)
    install(this, BUILT_IN)
    this.restart()
  }

  /** The xt of a built-in word, hidden ones included. */
  xt(name: string): number {
    const xt = this.#names.get(name)
    if (xt === undefined) throw new RangeError(`There is no built-in word "${name}".`)
    return xt
  }

  /** A word by name: a method of the active package, or a common word. Case does not count. */
  find(name: string): Header | undefined {
    const folded = name.toLowerCase()
    const { active, common } = this.dictionary
    return (active === 0 ? undefined : this.packages.method(active, folded)) ?? common.find(folded)
  }

  /** Lays down the code field of a built-in word, and makes its token known by name. */
  layWord(name: string, code: number): number {
    const xt = this.memory.here
    this.memory.comma(code)
    this.#names.set(name, xt)
    return xt
  }

  /** Makes the content of a code field for an action; only built-in words and kinds of words have one. */
  newCode(action: Action): number {
    if (this.#codes.length === MOST_CODES) throw new RangeError("Too many built-in words.")
    this.#codes.push(action)
    return CODE_TAG | (this.#codes.length - 1)
  }

  /** Number in the code field of a word that is made like the built-in one: `(colon)`, `(variable)` and so on. */
  codeOf(name: string): number {
    return this.memory.cell(this.xt(name))
  }

  /** Executes about `budget` words. Never throws, whatever the program does. */
  run(budget: number): ForthRun {
    if (this.#status === "waiting") this.#status = "running"
    this.#untilMs = undefined
    let steps = 0
    while (steps < budget && this.#status === "running") {
      this.terminal.poll()
      if (!this.terminal.flush()) {
        this.#status = "waiting"
        break
      }
      if (this.#interrupted) this.#stopProgram()
      const end = Math.min(budget, steps + KEY_INTERVAL)
      try {
        while (steps < end && this.#status === "running") {
          this.#work++
          this.#step()
          steps += this.#work | 0
          this.#work = 0
        }
      } catch (error) {
        if (!(error instanceof ForthError)) throw error
        steps += this.#work | 0
        this.#work = 0
        this.raise(error.code, error.message)
      }
      this.#takeKeys()
    }
    this.terminal.flush()
    const status = this.#status
    return { steps, status, ...(this.#untilMs === undefined ? {} : { untilMs: this.#untilMs }) }
  }

  /** Goes on at once if what the program waits for has been typed meanwhile. */
  #takeKeys(): void {
    if (this.#status !== "waiting" || this.#untilMs !== undefined) return
    this.terminal.poll()
    if (this.terminal.hasKey) this.#status = "running"
  }

  /** Stops the running program and gives back the prompt, as Ctrl-C does. */
  interrupt(): void {
    this.#interrupted = true
  }

  /** Lets the engine go on after a client program has ended: the prompt is shown again. */
  resume(): void {
    if (this.#status === "client") this.#status = "running"
  }

  /** Whether a client program runs, and the engine is not to be run. */
  get isSuspended(): boolean {
    return this.#status === "client"
  }

  /**
   * Starts a call from outside: evaluates a text with `args` on the data stack, the last on top. The caller runs the
   * engine until the status is "done", then takes the `result`. The program under way goes on where it was.
   */
  begin(text: string, args: readonly number[] = []): void {
    const length = text.length
    const buffer = this.memory.heap.allocate(length)
    const { returns, stack } = this
    this.#calls.push({ handler: this.#handler, depth: stack.depth, status: this.#status, catch: 0 })
    this.#status = "running"
    this.#handler = 0
    try {
      if (buffer === undefined) throw new ForthError(THROW.DICTIONARY_FULL)
      this.memory.setText(buffer, text)
      for (const arg of args) stack.push(arg)
      returns.push(this.ip)
      returns.push(this.#next)
      returns.push(buffer)
      this.ip = this.xt("(call-done)") + CELL
      stack.push(buffer)
      stack.push(length)
      stack.push(this.xt("evaluate"))
      this.#next = this.xt("catch")
    } catch (error) {
      if (!(error instanceof ForthError)) throw error
      this.#endCall(error.code, error.message)
    }
  }

  /** How the call ended. The program that it interrupted goes on, or stays suspended. */
  takeResult(): CallResult {
    if (this.#status === "done") this.#status = this.#outerStatus
    return this.#result
  }

  /** Ends a call by `begin`: the throw code is on the data stack. */
  finishCall(): void {
    const code = this.stack.pop()
    const buffer = this.returns.pop()
    const next = this.returns.pop()
    this.ip = this.returns.pop()
    this.memory.heap.release(buffer)
    this.#endCall(code, code === this.caught.code ? this.caught.message : "")
    this.#next = next
  }

  #endCall(code: number, message: string): void {
    const call = this.#calls.pop()
    if (!call) throw new ForthError(THROW.RETURN_STACK_UNDERFLOW)
    // After an error, the stack holds leftovers.
    const results = code === 0 ? this.stack.contents().slice(call.depth) : []
    if (this.stack.depth > call.depth) this.stack.depth = call.depth
    this.#handler = call.handler
    this.#result = { code, message, results }
    this.#status = "done"
    this.#outerStatus = call.status
  }

  /** Executes a word next, before the thread goes on. */
  execute(xt: number): void {
    if (this.#next !== 0) throw new ForthError(THROW.UNBALANCED)
    if (xt === 0) throw noCode(xt)
    this.#next = xt
  }

  /** Executes `xt`, then the built-in word `then`, which finds `saved` on the return stack, the last on top. */
  call(xt: number, then: string, ...saved: readonly number[]): void {
    this.returns.push(this.ip)
    for (const value of saved) this.returns.push(value)
    this.ip = this.xt(then) + CELL
    this.execute(xt)
  }

  /**
   * Executes the built-in word `xt` once more: a long piece of work is cut into steps so. `bytes` is how many were handled
   * in this one; they count as further steps.
   */
  again(xt: number, bytes = 0): void {
    this.#work += bytes / BYTES_A_STEP
    if (this.ip !== xt + 2 * CELL) this.returns.push(this.ip)
    this.ip = xt + CELL
  }

  /** Waits for a key, for output to be taken or for a time; then executes the built-in word `xt` once more. */
  wait(xt: number, untilMs?: number): void {
    this.again(xt)
    this.#status = "waiting"
    this.#untilMs = untilMs
  }

  /** Stops because a client program was started. */
  suspend(): void {
    this.#status = "client"
  }

  /** Leaves the running thread for the one that called it. */
  exit(): void {
    this.ip = this.returns.pop()
  }

  /** Takes the cell behind the running token out of the thread. */
  inline(): number {
    const value = this.memory.cell(this.ip)
    this.ip += CELL
    return value
  }

  /** `catch`: executes the token on the data stack. */
  catch(): void {
    const xt = this.stack.pop()
    const { address, length, offset } = this.input
    const outer = this.#handler
    this.call(xt, "(catch-done)", address, length, offset, this.mySelf, this.fcode.depth, this.stack.depth, outer)
    this.#handler = this.returns.depth
    const call = this.#calls.at(-1)
    if (call?.catch === 0) call.catch = this.#handler
  }

  /** The token that `catch` executed came to its end. */
  catchDone(): void {
    this.#handler = this.returns.pop()
    for (let i = 0; i < 6; i++) this.returns.pop()
    this.stack.push(0)
  }

  /** `throw`: back to the innermost `catch`, or to the prompt. */
  raise(code: number, message: string): void {
    this.#next = 0
    const { returns, stack } = this
    if (this.#handler === 0 || this.#handler > returns.depth) {
      this.#fail(code, message)
      return
    }
    try {
      returns.depth = this.#handler
      this.#handler = returns.pop()
      const depth = returns.pop()
      this.fcode.depth = returns.pop()
      this.mySelf = returns.pop()
      const offset = returns.pop()
      const length = returns.pop()
      this.input.set(returns.pop(), length, offset)
      this.ip = returns.pop()
      this.compiler.dropTemporaries(returns.depth)
      stack.depth = depth
      stack.push(code)
      this.caught = { code, message }
    } catch (error) {
      if (!(error instanceof ForthError)) throw error
      this.#fail(error.code, error.message)
    }
  }

  /** An error that nothing caught: says so, and goes back to the prompt. */
  #fail(code: number, message: string): void {
    if (this.#calls.length > 0) {
      this.#abandonCalls(code, message)
      return
    }
    if (code !== THROW.ABORT && message !== "") this.terminal.line(message)
    this.restart()
  }

  /** A call whose frame is damaged, or that was interrupted, ends with an error; the program around it is lost. */
  #abandonCalls(code: number, message: string): void {
    const outer = this.#calls[0]!
    this.#calls.length = 1
    this.restart()
    this.#calls.push({ ...outer, handler: 0, depth: 0 })
    this.#endCall(code, message)
  }

  /** Ends a call from outside with an error, or goes to the prompt; catches of the program do not count. */
  #stopProgram(): void {
    this.#interrupted = false
    this.#handler = this.#calls.at(-1)?.catch ?? 0
    this.#status = "running"
    this.raise(THROW.INTERRUPTED, messageOf(THROW.INTERRUPTED))
  }

  /** Empties the stacks and goes to the prompt. */
  restart(): void {
    this.#calls.length = 0
    this.stack.depth = 0
    this.returns.depth = 0
    this.#handler = 0
    this.#next = 0
    this.mySelf = this.tree.instance(this.promptSelf) ? this.promptSelf : 0
    this.packages.isInstance = false
    this.fcode.depth = 0
    this.compiler.abandon()
    this.ip = this.xt("(quit)") + BODY
    this.#status = "running"
  }

  #step(): void {
    let xt = this.#next
    if (xt !== 0) this.#next = 0
    else {
      if (!this.memory.isOwnCell(this.ip)) throw new ForthError(THROW.BAD_ADDRESS, "The return stack is damaged")
      xt = this.memory.cell(this.ip)
      this.ip += CELL
    }
    const action = this.actionOf(xt)
    if (!action) throw noCode(xt)
    action(this, xt)
  }

  /** The action of an execution token; undefined if it is none. */
  actionOf(xt: number): Action | undefined {
    const at = xt >>> 0
    if (!this.memory.isOwnCell(at)) return undefined
    const code = this.memory.cell(at)
    return (code & 0xffff_0000) === CODE_TAG ? this.#codes[code & 0xffff] : undefined
  }
}

const noCode = (xt: number) => new ForthError(THROW.BAD_ADDRESS, `There is no code at address ${hexAddress(xt)}`)
