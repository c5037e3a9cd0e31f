// Where the console's output goes: standard output or a file. Writing never blocks, and what waits is counted.

import { closeSync, constants, openSync, statSync, writeSync } from "node:fs"
import type { Writable } from "node:stream"

/** An error of the system with its code. */
export type SystemError = NodeJS.ErrnoException

/** Takes bytes for the outside world. */
export interface Outlet {
  /** Takes bytes; they are dropped after a failure. */
  write(bytes: Uint8Array): void
  /** Bytes that the system has not taken yet. */
  readonly unwritten: number
  /** The error that ended the writing. */
  readonly failure: SystemError | undefined
  /** Called whenever bytes were taken, and on failure. */
  onProgress: () => void
  /** No more bytes will come: what nobody can ever take is a failure now. */
  end(): void
}

/** Keeps bytes in a queue, and passes them on piece by piece. */
abstract class QueuedOutlet implements Outlet {
  readonly #queue: Uint8Array[] = []
  #unwritten = 0
  #failure: SystemError | undefined
  onProgress = () => {}

  get unwritten(): number {
    return this.#unwritten
  }

  get failure(): SystemError | undefined {
    return this.#failure
  }

  write(bytes: Uint8Array): void {
    if (this.#failure || bytes.length === 0) return
    this.#queue.push(bytes)
    this.#unwritten += bytes.length
    this.pass()
  }

  /** Passes on what it can. */
  protected abstract pass(): void

  abstract end(): void

  /** The bytes that are next. */
  protected get next(): Uint8Array | undefined {
    return this.#queue[0]
  }

  /** The system has taken that many of the next bytes. */
  protected taken(count: number): void {
    const next = this.#queue[0]
    if (!next) return
    this.#unwritten -= count
    if (count === next.length) this.#queue.shift()
    else this.#queue[0] = next.subarray(count)
    this.onProgress()
  }

  protected fail(error: SystemError): void {
    if (this.#failure) return
    this.#failure = error
    this.#queue.length = 0
    this.#unwritten = 0
    this.onProgress()
  }
}

/** Writes to a stream of Node, one piece at a time, so that progress shows. */
class StreamOutlet extends QueuedOutlet {
  readonly #stream: Writable
  #isWriting = false

  constructor(stream: Writable) {
    super()
    this.#stream = stream
    stream.on("error", (error) => this.fail(error))
  }

  protected pass(): void {
    const bytes = this.next
    if (this.#isWriting || !bytes) return
    this.#isWriting = true
    this.#stream.write(bytes, (error) => {
      this.#isWriting = false
      if (error) this.fail(error)
      else {
        this.taken(bytes.length)
        this.pass()
      }
    })
  }

  end(): void {}
}

/** Milliseconds between attempts to write to a FIFO or a terminal that takes nothing. */
const RETRY_MS = 2

/**
 * Writes to a file, a FIFO or a terminal. A FIFO may have no reader yet: it gets one later, or the output is lost. A
 * terminal may have stopped output.
 */
export class FileOutlet extends QueuedOutlet {
  readonly #path: string
  #file: number | undefined
  #timer: ReturnType<typeof setTimeout> | undefined

  /** Creates or empties the file. Throws what the system says if that fails. */
  constructor(path: string) {
    super()
    this.#path = path
    this.#file = this.#open()
  }

  #open(): number | undefined {
    const { O_WRONLY, O_CREAT, O_TRUNC, O_NONBLOCK, O_NOCTTY } = constants
    try {
      return openSync(this.#path, O_WRONLY | O_CREAT | O_TRUNC | O_NONBLOCK | O_NOCTTY, 0o666)
    } catch (error) {
      if ((error as SystemError).code === "ENXIO" && statSync(this.#path).isFIFO()) return undefined
      throw error
    }
  }

  protected pass(): void {
    if (this.#timer) return
    try {
      this.#file ??= this.#open()
      for (let bytes = this.next; bytes && this.#file !== undefined; bytes = this.next)
        this.taken(writeSync(this.#file, bytes))
    } catch (error) {
      if ((error as SystemError).code !== "EAGAIN") this.fail(error as SystemError)
    }
    if (!this.next) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.pass()
    }, RETRY_MS)
  }

  end(): void {
    if (this.#file === undefined && this.next)
      this.fail(Object.assign(new Error("nobody has opened the pipe for reading"), { code: "ENXIO" }))
    if (this.next) return
    clearTimeout(this.#timer)
    if (this.#file !== undefined) closeSync(this.#file)
    this.#file = undefined
  }
}

/** Standard output, whatever it is. Node's own stream would block on a terminal that has stopped output. */
export function standardOutput(): Outlet {
  if (process.stdout.isTTY) {
    try {
      return new FileOutlet("/dev/stdout")
    } catch {
      // A system without that name, or a terminal of somebody else.
    }
  }
  return new StreamOutlet(process.stdout)
}
