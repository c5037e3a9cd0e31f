// The resident memory of a process, and guest RAM's share of it (Linux: /proc/PID/smaps, /proc/PID/pagemap).

import { closeSync, openSync, readFileSync, readSync } from "node:fs"

/** Resident memory, in bytes. */
export type MemoryUse = {
  readonly total: number
  /** Guest RAM that has been touched. */
  readonly guestRam: number
  /** Parts of the rest, by name. */
  readonly parts: Readonly<Record<string, number>>
}

type Mapping = { readonly start: number; readonly size: number; readonly resident: number; readonly anonymous: boolean }

const KiB = 1024
const PAGE = 4096
/** In the last of a page's 8 bytes, bit 7 says that it is present, bit 6 that it is swapped out. */
const PRESENT = 0xc0

function mappingsOf(pid: number | "self"): Mapping[] {
  const blocks = readFileSync(`/proc/${pid}/smaps`, "utf8").split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m)
  return blocks.map((block) => {
    const [, start, end, rest] = /^([0-9a-f]+)-([0-9a-f]+) \S+ \S+ \S+ \d+ *(.*)$/m.exec(block) ?? []
    const resident = Number(/^Rss: +(\d+)/m.exec(block)?.[1] ?? 0) * KiB
    const from = Number.parseInt(start!, 16)
    return { start: from, size: Number.parseInt(end!, 16) - from, resident, anonymous: rest === "" }
  })
}

/** Memory of a process whose guest RAM is a mapping of its own, as QEMU's is; undefined if /proc has no figures. */
export function memoryUseOf(pid: number, ramBytes: number): MemoryUse | undefined {
  const mappings = readable(() => mappingsOf(pid))
  const ram = mappings
    ?.filter((m) => m.size >= ramBytes && m.size < ramBytes * 1.25)
    .sort((a, b) => b.resident - a.resident)
  if (!mappings || !ram?.[0]) return undefined
  const total = mappings.reduce((sum, m) => sum + m.resident, 0)
  return { total, guestRam: ram[0].resident, parts: {} }
}

/**
 * Memory of this process. `ranges` are parts of the linear memory of so many bytes: [name, offset, bytes]. The range
 * "guest RAM" is reported by itself; memory in no range counts as "process".
 */
export function ownMemoryUse(
  linearBytes: number,
  ranges: readonly (readonly [name: string, offset: number, bytes: number])[],
): MemoryUse | undefined {
  const mappings = readable(() => mappingsOf("self"))
  // The engine reserves much more address space than it allows access to: the accessible part is one mapping.
  const linear = mappings?.find((m) => m.anonymous && m.size === linearBytes)
  if (!mappings || !linear) return undefined
  const total = mappings.reduce((sum, m) => sum + m.resident, 0)
  const parts = Object.fromEntries(ranges.map(([name, at, bytes]) => [name, residentIn(linear.start + at, bytes)]))
  const { "guest RAM": guestRam = 0, ...others } = parts
  const known = Object.values(others).reduce((sum, bytes) => sum + bytes, guestRam)
  return { total, guestRam, parts: { ...others, process: total - known } }
}

function residentIn(start: number, bytes: number): number {
  const file = openSync("/proc/self/pagemap", "r")
  const words = Buffer.alloc((bytes / PAGE) * 8)
  const got = readSync(file, words, 0, words.length, (start / PAGE) * 8)
  closeSync(file)
  let pages = 0
  for (let at = 7; at < got; at += 8) if ((words[at]! & PRESENT) !== 0) pages++
  return pages * PAGE
}

function readable<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
