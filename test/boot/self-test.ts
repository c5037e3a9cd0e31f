// The self test of the busybox guests: what its /init prints when all is well.

/** Parts of the self test that /init names, in order, but for those that some machines leave out. */
const PARTS = "awkgen md5 sha1 sha256 sha512 gzip sort awkfp sharith shdiv forkexec tar zero ext2loop sedgrep".split(
  " ",
)
/** Parts of its program for system calls, faults, signals, threads and memory. */
const SYSTEM_PARTS =
  "fork pipe itimer segv restart cow demand smc sigill threads fpswitch fpsignal fenv clock tcp filemap stack memcpy unaligned events atomic64".split(
    " ",
  )

/** Lines of a self test without a failure, in order. */
export const selfTestLines: readonly string[] = [
  ...PARTS.map((part) => `SELFTEST ${part} ok`),
  ...SYSTEM_PARTS.map((part) => `systest ${part} ok`),
  "systest total ok",
  "SELFTEST systest ok",
  "GUEST-SELFTEST-OK",
]

/** The same on a CPU with vectors (Advanced SIMD, AltiVec), where a program that gcc has vectorised is run as well. */
export const vectorSelfTestLines: readonly string[] = [
  ...selfTestLines.slice(0, -1),
  "SELFTEST vectest ok",
  ...selfTestLines.slice(-1),
]

/** The lines of a console that tell of the self test, without their times. */
export function selfTestOf(text: string): string[] {
  return text
    .split("\n")
    .filter((line) => /^(SELFTEST|systest|GUEST-SELFTEST)/.test(line) && !line.includes(" info "))
    .map((line) => line.replace(/ uptime=.*/, ""))
}

/** Checksums of `/bench/bench 1`, made by the same program on other computers. */
export const benchSums: Readonly<Record<string, string>> = {
  crc32: "fb69eabe",
  qsort: "e5df0611",
  sieve: "35180cd3",
  matint: "94091999",
  matdbl: "f1696147",
  nbody: "68cecb85",
  float: "6803e327",
  mem: "4350fea6",
  str: "fd9e87a2",
  list: "dfcbdb43",
  sha256: "5f9bede3",
  fib: "475cfa7a",
  interp: "4af6af33",
  int64: "81345520",
  dhry: "ab64edbf",
  core: "0424a206",
  TOTAL: "db3afdcf",
}

/** Checksums that a run of `/bench/bench` has printed, by kernel; those that the program itself doubts are left out. */
export function benchSumsOf(text: string): Record<string, string> {
  return Object.fromEntries(
    Array.from(text.matchAll(/^(\w+) +[\d.]+ ([0-9a-f]{8}) ok$/gm), ([, name, sum]) => [name!, sum!]),
  )
}
