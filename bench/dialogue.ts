// Dialogues with guests: what to expect and what to type, the same for each emulator.

/** Patterns and texts, as `expect` and `send` of the library. A pattern is its source, since it goes to other processes. */
export type Dialogue = {
  /** Patterns that the console must show, in order. */
  readonly expect: readonly string[]
  /** Texts to type, one after each pattern. */
  readonly send: readonly string[]
  /** Name of the event at the end of the dialogue. */
  readonly end: string
}

/** Boots and runs the bench, then again from the shell, when its pages are in memory and its code is translated. */
export const benchTwice = (scale: number): Dialogue => ({
  expect: ["guest# ", "GUEST-BENCH-AGAIN"],
  // The console echoes typed text. The quotes keep the echo from matching the pattern.
  send: [`/bench/bench ${scale}; echo GUEST-BENCH-''AGAIN\n`],
  end: "again",
})

/** The dialogue with the i386 guest, whose /init runs the bench twice by itself. */
export const benchesDone: Dialogue = { expect: ["GUEST-BENCH-DONE", "GUEST-BENCH-DONE"], send: [], end: "again" }

/** Boots to the shell. */
export const toShell: Dialogue = { expect: ["GUEST-SHELL"], send: [], end: "shell" }

/** Boots the installer to its first question. */
export const toDialog: Dialogue = { expect: ["Select a language"], send: [], end: "dialog" }

/** Characters kept for matching: more than a match of any pattern, and few, since v86's console comes byte by byte. */
const WINDOW = 256

/** Holds the dialogue on a console. The result takes the console's text, and returns true once the dialogue has ended. */
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
