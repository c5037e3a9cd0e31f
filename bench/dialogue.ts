// What is said to a guest and waited for: the same for each emulator.

/** Patterns, because it travels to other processes as their source, and texts: as `expect` and `send` of the library. */
export type Dialogue = {
  /** What the console must show, one after the other. */
  readonly expect: readonly string[]
  /** What is typed after each. */
  readonly send: readonly string[]
  /** Event that the end of the dialogue is. */
  readonly end: string
}

/** Boots and runs the bench, and once again from the shell: by then its pages are in memory and its code is translated. */
export const benchTwice = (scale: number): Dialogue => ({
  expect: ["guest# ", "GUEST-BENCH-AGAIN"],
  // The console echoes what is typed: quoted so, the echo is not what is expected.
  send: [`/bench/bench ${scale}; echo GUEST-BENCH-''AGAIN\n`],
  end: "again",
})

/** The same for the i386 guest, whose /init runs the bench twice by itself. */
export const benchesDone: Dialogue = { expect: ["GUEST-BENCH-DONE", "GUEST-BENCH-DONE"], send: [], end: "again" }

/** Boots to the shell. */
export const toShell: Dialogue = { expect: ["GUEST-SHELL"], send: [], end: "shell" }

/** Boots the installer to its first question. */
export const toDialog: Dialogue = { expect: ["Select a language"], send: [], end: "dialog" }

/** Text kept for matching: more than any of the patterns spans, and little, as v86's console comes byte by byte. */
const WINDOW = 256

/** Holds the dialogue on a console: gives what takes its text, and is true once the dialogue has ended. */
export function hold({ expect, send }: Dialogue, type: (text: string) => void): (text: string) => boolean {
  const [patterns, replies] = [expect.map((source) => new RegExp(source)), [...send]]
  let seen = ""
  return (text) => {
    seen += text
    for (let found = patterns[0]?.exec(seen); found; found = patterns[0]?.exec(seen)) {
      patterns.shift()
      seen = seen.slice(found.index + found[0].length)
      const reply = replies.shift()
      if (reply !== undefined) type(reply)
    }
    seen = seen.slice(-WINDOW)
    return patterns.length === 0
  }
}
