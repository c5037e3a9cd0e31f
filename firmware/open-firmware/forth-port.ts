// The Forth engine as the firmware drives it: in slices, with calls from outside.

/** What a slice did, and why it ended. */
export interface ForthSlice {
  /**
   * `running`: its budget is used up. `waiting`: for a key or for time. `client`: a program is to start. `done`: a call by
   * `begin` has ended.
   */
  readonly status: "running" | "waiting" | "client" | "done"
  /** Virtual time in milliseconds until which nothing happens without a key. */
  readonly untilMs?: number
}

/** A Forth system whose prompt and programs run in slices. */
export interface ForthEngine {
  /** Executes up to `budget` words; never throws. */
  run(budget: number): ForthSlice
  /** Starts a call: evaluates text with arguments on the data stack, the last on top. */
  begin(text: string, args?: readonly number[]): void
  /** How a call ended: the code of its throw, and the data stack, its top last. */
  takeResult(): { readonly code: number; readonly message: string; readonly results: readonly number[] }
  /** Goes on after a program. */
  resume(): void
}
