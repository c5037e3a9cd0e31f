// How kernels say on the console that they have given up.

/**
 * What kernels print in a panic. Each pattern has more than the word, since programs panic as well: those in Go print
 * `panic:` at the start of a line, too, but none of what the kernels print behind it.
 */
export const PANICS: readonly RegExp[] = [
  // Linux. It repeats the line as "end Kernel panic - not syncing" when it has printed its registers.
  /(?<!end )Kernel panic - not syncing.*/,
  // FreeBSD (the CPU or the time follows), NetBSD (a traceback), OpenBSD (the debugger's or the traceback's first line).
  /^(?:\[ *[\d.]+\] )?panic: .*\r?\n(?:\[ *[\d.]+\] )?(?=cpuid = \d|time = \d|cpu\d+: Begin traceback|Stopped at |Starting stack trace)/m,
  // U-Boot, when a panic or a failed initialisation makes it hang.
  /^### ERROR ### Please RESET the board ###/m,
]

/** Whether a panic of the guest fails the run. */
export type PanicAction = "fail" | "ignore"
