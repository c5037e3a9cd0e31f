// What compiles: definitions, literals, control structures, and structures outside of a definition.

import type { Region } from "./data-space.ts"
import type { Header, Wordlist } from "./dictionary.ts"
import { ForthError, THROW } from "./errors.ts"
import type { Forth } from "./forth.ts"
import { parseNumber } from "./numbers.ts"

/** Bytes of code that a structure outside of a definition may have. */
const TEMPORARY_BYTES = 8192

/** Characters of a name. */
const MOST_NAME = 255

/** Marks of the control-flow stack: what stands below says what it belongs to. */
export const MARK = { origin: 0x6f72_6967, destination: 0x6465_7374, case: 0x6361_7365, colon: 0x636f_6c6f } as const

/** The state of compilation. */
export class Compiler {
  readonly #forth: Forth
  /** The definition under way, and where it began. */
  #open: { header: Header | undefined; words: Wordlist; xt: number } | undefined
  readonly #dictionary: Region
  /** Structures outside of a definition: their code, and the depth of the return stack below them. */
  readonly #temporaries: { address: number; depth: number }[] = []
  /** Code of the structure that is compiled outside of a definition; 0 if there is none. */
  #temporary = 0
  /** Control structures that are open in it. */
  #nesting = 0
  /** Everything below is built in and cannot be forgotten. */
  #sealed = 0

  constructor(forth: Forth) {
    this.#forth = forth
    this.#dictionary = forth.memory.region
  }

  get isCompiling(): boolean {
    return this.#forth.memory.slot("state") !== 0
  }

  set isCompiling(compiling: boolean) {
    this.#forth.memory.setSlot("state", compiling ? -1 : 0)
  }

  /** Built-in words end here. */
  get sealed(): number {
    return this.#sealed
  }

  seal(): void {
    this.#sealed = this.#dictionary.here
  }

  /** Makes the header and the code field of a new word. `kind` names a hidden word with the action: "(variable)". */
  header(name: string, kind: string, hidden = false): Header {
    const { memory, dictionary, terminal } = this.#forth
    if (name.length > MOST_NAME) throw new ForthError(THROW.STRING_TOO_LONG)
    if (name !== "" && dictionary.current.find(name.toLowerCase()) && this.#sealed > 0)
      terminal.type(`${name} isn't unique. `)
    // Headers live outside of guest memory, but their names are charged to it: so their number is bounded.
    memory.allot(name.length)
    memory.align()
    // The cell before the code field is for `does>`.
    if (kind === "(create)") memory.comma(0)
    const xt = memory.here
    memory.comma(this.#forth.codeOf(kind))
    const header: Header = { name: name.toLowerCase(), xt, immediate: false, compileOnly: false, hidden }
    dictionary.add(header)
    return header
  }

  /** Begins a colon definition; it can be found when it is complete. */
  beginDefinition(name: string): void {
    if (this.isCompiling) throw new ForthError(THROW.UNBALANCED, "A definition is already open")
    const { memory } = this.#forth
    const start = memory.here
    // Its older namesake is found until `;`.
    const words = this.#forth.dictionary.current
    this.#open = { header: this.header(name, "(colon)", true), words, xt: start }
    this.isCompiling = true
  }

  /** Begins a definition without a name and returns its execution token. */
  beginNameless(): number {
    if (this.isCompiling) throw new ForthError(THROW.UNBALANCED, "A definition is already open")
    const { memory } = this.#forth
    memory.align()
    const xt = memory.here
    memory.comma(this.#forth.codeOf("(colon)"))
    this.#open = { header: undefined, words: this.#forth.dictionary.current, xt }
    this.isCompiling = true
    return xt
  }

  /** The token of the definition under way, for `recurse`. */
  get openXt(): number {
    if (!this.#open) throw new ForthError(THROW.COMPILE_ONLY)
    return this.#open.header?.xt ?? this.#open.xt
  }

  /** Lets the definition under way call itself by name. */
  reveal(): void {
    if (this.#open?.header) this.#open.words.reveal(this.#open.header)
  }

  /** Ends the definition under way. */
  endDefinition(): void {
    if (!this.#open) throw new ForthError(THROW.COMPILE_ONLY)
    this.compile("exit")
    this.reveal()
    this.#open = undefined
    this.isCompiling = false
  }

  /** Compiles a built-in word by name. */
  compile(name: string): void {
    this.#forth.memory.comma(this.#forth.xt(name))
  }

  literal(value: number): void {
    this.compile("(lit)")
    this.#forth.memory.comma(value)
  }

  /** Compiles a string that pushes its address and length. */
  stringLiteral(bytes: ArrayLike<number>): void {
    const { memory } = this.#forth
    this.compile('(")')
    memory.comma(bytes.length)
    memory.commaBytes(Uint8Array.from(bytes))
    memory.commaBytes(new Uint8Array(1))
    memory.align()
  }

  /** A control structure begins: outside of a definition, its code is compiled aside and executed when it ends. */
  openStructure(): void {
    if (!this.isCompiling) {
      const { memory } = this.#forth
      const address = memory.heap.allocate(TEMPORARY_BYTES)
      if (address === undefined) throw new ForthError(THROW.DICTIONARY_FULL)
      this.#temporary = address
      this.#nesting = 0
      memory.region = { here: address, limit: address + TEMPORARY_BYTES }
      memory.comma(this.#forth.codeOf("(colon)"))
      this.isCompiling = true
    }
    this.#nesting++
  }

  /** A control structure ends. */
  closeStructure(): void {
    this.#nesting--
    if (this.#temporary === 0 || this.#nesting > 0) return
    this.compile("exit")
    const code = this.#temporary
    this.#endTemporary()
    this.isCompiling = false
    this.#temporaries.push({ address: code, depth: this.#forth.returns.depth })
    this.#forth.call(code, "(temporary-done)")
  }

  #endTemporary(): void {
    this.#temporary = 0
    this.#forth.memory.region = this.#dictionary
  }

  /** Frees the code of structures outside of definitions that were begun above a depth of the return stack. */
  dropTemporaries(depth: number): void {
    for (let last = this.#temporaries.at(-1); last && last.depth >= depth; last = this.#temporaries.at(-1)) {
      this.#forth.memory.heap.release(last.address)
      this.#temporaries.pop()
    }
  }

  /** Gives up what is under way: an open definition, an open structure. */
  abandon(): void {
    const { memory } = this.#forth
    if (this.#temporary !== 0) {
      memory.heap.release(this.#temporary)
      this.#endTemporary()
    }
    this.dropTemporaries(0)
    if (this.#open) {
      this.#forth.dictionary.forget(this.#open.xt)
      this.#dictionary.here = this.#open.xt
      this.#open = undefined
    }
    this.isCompiling = false
  }

  /** Pushes a mark of the control-flow stack, which is the data stack. */
  push(mark: number, address: number): void {
    this.#forth.stack.push(address)
    this.#forth.stack.push(mark)
  }

  /** Takes a mark of this kind off the control-flow stack. */
  pop(mark: number): number {
    const { stack } = this.#forth
    if (stack.depth < 2 || stack.peek(0) !== mark) throw new ForthError(THROW.UNBALANCED)
    stack.pop()
    return stack.pop()
  }

  /** Compiles a forward branch, to be resolved later. */
  forward(branch: string): number {
    this.compile(branch)
    const origin = this.#forth.memory.here
    this.#forth.memory.comma(0)
    return origin
  }

  /** Lets a forward branch lead here. */
  resolve(origin: number): void {
    this.#forth.memory.setCell(origin, this.#forth.memory.here)
  }

  /** Compiles a branch back. */
  backward(branch: string, destination: number): void {
    this.compile(branch)
    this.#forth.memory.comma(destination)
  }

  /** Compiles the body of a built-in word: words, numbers in hexadecimal, and immediate words, which are executed. */
  compileSource(source: string): void {
    const { memory, input, dictionary, stack } = this.#forth
    const buffer = memory.heap.allocate(source.length)!
    memory.setText(buffer, source)
    input.set(buffer, source.length, 0)
    this.isCompiling = true
    for (let name = input.word(); name !== ""; name = input.word()) {
      const header = dictionary.common.find(name)
      const number = parseNumber(name, 16)
      if (header?.immediate) this.#forth.actionOf(header.xt)!(this.#forth, header.xt)
      else if (header) memory.comma(header.xt)
      else if (number && !name.startsWith("(")) this.literal(number.low)
      else this.compile(name)
    }
    this.compile("exit")
    this.isCompiling = false
    memory.heap.release(buffer)
    stack.depth = 0
  }
}
