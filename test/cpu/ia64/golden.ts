// Register dumps of the Ski simulator: one per instruction, parsed.

/** Registers after an instruction; numbers as unsigned bigints. */
export type Dump = {
  /** Address of the next instruction's bundle. */
  readonly ip: bigint
  readonly predicates: readonly number[]
  readonly branch: readonly bigint[]
  /** r0 up to the last register of the frame. */
  readonly general: readonly bigint[]
  /** Sign and exponent over significand, 82 bits, of f0 to f127. */
  readonly floating: readonly bigint[]
  readonly lc: bigint
  readonly ec: bigint
  readonly bsp: bigint
  readonly bspstore: bigint
  readonly unat: bigint
  readonly fpsr: bigint
  /** Place of r32 in the register stack. */
  readonly bol: bigint
  /** Rename bases of predicates, floating-point and general registers, sor, sol, sof. */
  readonly frame: readonly bigint[]
}

/** The dumps in a trace. */
export function parseDumps(text: string): Dump[] {
  return text
    .split(/^(?=ip {2})/m)
    .filter((part) => part.startsWith("ip "))
    .map(parseDump)
}

const hex = (digits: string) => BigInt(`0x${digits}`)

function parseDump(text: string): Dump {
  const one = (pattern: RegExp) => hex(pattern.exec(text)?.[1] ?? "0")
  const table = (prefix: string, digits: number) =>
    [...text.matchAll(new RegExp(`^${prefix}\\d+ .*$`, "gm"))].flatMap(([line]) =>
      [...line.matchAll(new RegExp(`(?<= )[0-9a-f]{${digits}}(?![0-9a-f])`, "g"))].map(([value]) => hex(value)),
    )
  return {
    ip: one(/^ip +(\S+)/m),
    predicates: [.../^prs (.*)$/m.exec(text)![1]!.replaceAll(" ", "")].map(Number),
    branch: table("b", 16),
    general: table("r", 16),
    floating: table("f", 21),
    lc: one(/^lc +(\S+)/m),
    ec: one(/ ec (\S+)/),
    bsp: one(/^bsp +(\S+)/m),
    bspstore: one(/ bspst (\S+)/),
    unat: one(/ unat +(\S+)/),
    fpsr: one(/^fpsr (\S+)/m),
    bol: BigInt(/ bol (\d+)/.exec(text)![1]!),
    frame: / cfm +(.*)$/m.exec(text)![1]!.split(/ +/).map(BigInt),
  }
}
