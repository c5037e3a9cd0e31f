// FCode programs under evaluation, and the table of FCode numbers (IEEE 1275-1994, section 5.3.3).

/** The table of assigned FCode numbers, and a stack of programs: one may load another. */
export class FcodeStreams {
  readonly #assigned = new Map<number, number>()
  depth = 0

  /** Assigns an FCode number to a built-in word. */
  define(fcode: number, xt: number): void {
    this.#assigned.set(fcode, xt)
  }
}
