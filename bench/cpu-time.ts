// Host CPU time of another process (Linux).

import { readdirSync, readFileSync } from "node:fs"

/** USER_HZ: ticks a second in /proc, the same on every architecture that Linux runs on today. */
const TICKS_PER_SECOND = 100
const SCHED_UNIT_SECONDS = 1e-3

/**
 * Seconds of CPU time, user and system, that a process has used so far; 0 once it is gone. It is exact to the scheduler's
 * tick if the kernel has /proc/PID/task/TID/sched, else to 1/100 s (/proc/PID/stat).
 */
export function cpuSecondsOf(pid: number): number {
  try {
    return scheduledSeconds(pid) ?? statSeconds(pid)
  } catch {
    return 0
  }
}

/** How finely `cpuSecondsOf` measures on this host. */
export function cpuTimeSource(): string {
  return scheduledSeconds(process.pid) === undefined ? "/proc/PID/stat (10 ms)" : "/proc/PID/task/*/sched"
}

// Threads that have ended are not counted; both emulators keep theirs.
function scheduledSeconds(pid: number): number | undefined {
  let sum = 0
  try {
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      const found = /^se\.sum_exec_runtime\s*:\s*([\d.]+)/m.exec(
        readFileSync(`/proc/${pid}/task/${thread}/sched`, "utf8"),
      )
      if (!found) return undefined
      sum += Number(found[1]) * SCHED_UNIT_SECONDS
    }
  } catch {
    return undefined
  }
  return sum > 0 ? sum : undefined
}

function statSeconds(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8")
  // The second field, the command in parentheses, may have spaces. Fields 14 and 15 are utime and stime.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ")
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
}
