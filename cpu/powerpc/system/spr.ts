// The special-purpose registers: number, name, and what reading and writing one means (Programming Environments Manual,
// table 8-9; MPC750UM, tables 2-1 and 2-2; MPC7400UM, table 2-1).

/** How mtspr and mfspr treat a register. */
export const SPR_KIND = {
  /** There is none of that number. */
  none: 0,
  /** A register that every program may use; its value is its only effect. */
  user: 1,
  /** The same for supervisor programs. */
  supervisor: 2,
  /** XER, which is kept in parts. */
  xer: 3,
  /** The time base as users read it. */
  timeBase: 4,
  /** The time base as supervisors write it. */
  timeBaseWrite: 5,
  /** The decrementer. */
  decrementer: 6,
  /** A supervisor register that nothing writes. */
  readOnly: 7,
  /** A supervisor register whose writing has an effect elsewhere. */
  effect: 8,
  /** A copy of a supervisor register, whose number is higher by 16, for users to read. */
  copy: 9,
} as const

/** Number of kinds. */
export const SPR_KINDS = Object.keys(SPR_KIND).length

type Kind = keyof typeof SPR_KIND
type Spr = readonly [number: number, name: string, kind: Kind]

const bats = (first: number, name: string): Spr[] =>
  Array.from({ length: 8 }, (_, n) => [first + n, `${name}${n >> 1}${n & 1 ? "l" : "u"}`, "effect"])

/** Those that every 32-bit processor has. */
const common: readonly Spr[] = [
  [1, "xer", "xer"],
  [8, "lr", "user"],
  [9, "ctr", "user"],
  [18, "dsisr", "supervisor"],
  [19, "dar", "supervisor"],
  [22, "dec", "decrementer"],
  [25, "sdr1", "effect"],
  [26, "srr0", "supervisor"],
  [27, "srr1", "supervisor"],
  [268, "tbl", "timeBase"],
  [269, "tbu", "timeBase"],
  ...Array.from({ length: 4 }, (_, n): Spr => [272 + n, `sprg${n}`, "supervisor"]),
  [282, "ear", "supervisor"],
  [284, "tbl", "timeBaseWrite"],
  [285, "tbu", "timeBaseWrite"],
  [287, "pvr", "readOnly"],
  ...bats(528, "ibat"),
  ...bats(536, "dbat"),
]

const of750: readonly Spr[] = [
  [936, "ummcr0", "copy"],
  [937, "upmc1", "copy"],
  [938, "upmc2", "copy"],
  [939, "usia", "copy"],
  [940, "ummcr1", "copy"],
  [941, "upmc3", "copy"],
  [942, "upmc4", "copy"],
  [952, "mmcr0", "effect"],
  [953, "pmc1", "effect"],
  [954, "pmc2", "effect"],
  [955, "sia", "supervisor"],
  [956, "mmcr1", "effect"],
  [957, "pmc3", "effect"],
  [958, "pmc4", "effect"],
  [1008, "hid0", "effect"],
  [1009, "hid1", "readOnly"],
  [1010, "iabr", "effect"],
  [1013, "dabr", "effect"],
  [1017, "l2cr", "effect"],
  [1019, "ictc", "supervisor"],
  [1020, "thrm1", "effect"],
  [1021, "thrm2", "effect"],
  [1022, "thrm3", "effect"],
]

const of7400: readonly Spr[] = [
  ...of750,
  [256, "vrsave", "user"],
  [928, "ummcr2", "copy"],
  [935, "ubamr", "copy"],
  [944, "mmcr2", "effect"],
  [951, "bamr", "effect"],
  [1014, "msscr0", "supervisor"],
  [1015, "msscr1", "supervisor"],
  [1023, "pir", "supervisor"],
]

const numbersOf = (registers: readonly Spr[]): ReadonlySet<number> => new Set(registers.map(([number]) => number))

/** Numbers of the registers of the 750. */
export const sprs750 = numbersOf([...common, ...of750])
/** Numbers of the registers of the 7400. */
export const sprs7400 = numbersOf([...common, ...of7400])

const all = new Map([...common, ...of7400].map((spr) => [spr[0], spr] as const))

/** The name of a register in lower case; undefined if no model has it. */
export const sprName = (number: number): string | undefined => all.get(number)?.[1]

/** Finds a register's number by its name. */
export const sprNumber = (name: string): number | undefined => [...all.values()].find(([, n]) => n === name)?.[0]

/** Numbers and names of all registers. */
export const sprNames: readonly (readonly [number: number, name: string])[] = [...all.values()].map(([n, name]) => [
  n,
  name,
])

/** How a register is treated on a model that has those numbers. */
export function sprKind(number: number, has: ReadonlySet<number>): number {
  const spr = has.has(number) ? all.get(number) : undefined
  return spr ? SPR_KIND[spr[2]] : SPR_KIND.none
}

/** Whether a number is one that only supervisors may use, whether there is such a register or not (PEM, mtspr). */
export const isPrivilegedSpr = (number: number): boolean => (number & 0x10) !== 0
