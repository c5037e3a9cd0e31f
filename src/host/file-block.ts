// A block device in a file of the host: raw images of disks and discs.

import { fstatSync, fsyncSync, openSync, readSync, writeSync } from "node:fs"
import type { BlockPort } from "../../devices/kit/index.ts"
import type { SystemError } from "./outlet.ts"

/** What a file cannot do, for the first time. */
export type BlockFailure = { readonly what: "read" | "written"; readonly error: SystemError }

/**
 * A file as a block device. A write has reached the system when it returns, so that it outlives this process; a flush reaches
 * the medium.
 */
export class FileBlock implements BlockPort {
  readonly size: number
  readonly isReadOnly: boolean
  readonly #file: number
  readonly #onFailure: (failure: BlockFailure) => void
  readonly #reported = new Set<string>()

  /**
   * Opens the file; throws what the system says if that fails. `onFailure` is called at the first error of each kind, of which
   * the guest sees every one.
   */
  constructor(path: string, isReadOnly: boolean, onFailure: (failure: BlockFailure) => void) {
    this.#file = openSync(path, isReadOnly ? "r" : "r+")
    this.size = fstatSync(this.#file).size
    this.isReadOnly = isReadOnly
    this.#onFailure = onFailure
  }

  read(offset: number, into: Uint8Array): boolean {
    return this.#attempt("read", () => {
      for (let done = 0; done < into.length; ) {
        const count = readSync(this.#file, into, done, into.length - done, offset + done)
        // The file has become shorter.
        if (count === 0) throw new Error("it has become shorter")
        done += count
      }
    })
  }

  write(offset: number, from: Uint8Array): boolean {
    if (this.isReadOnly || offset + from.length > this.size) return false
    return this.#attempt("written", () => {
      for (let done = 0; done < from.length; )
        done += writeSync(this.#file, from, done, from.length - done, offset + done)
    })
  }

  flush(): boolean {
    return this.isReadOnly || this.#attempt("written", () => fsyncSync(this.#file))
  }

  #attempt(what: BlockFailure["what"], work: () => void): boolean {
    try {
      work()
      return true
    } catch (caught) {
      const error = caught as SystemError
      const kind = `${what} ${error.code ?? error.message}`
      if (!this.#reported.has(kind)) this.#onFailure({ what, error })
      this.#reported.add(kind)
      return false
    }
  }
}
