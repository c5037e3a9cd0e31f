// The order in which tests look at a change: the quick and likely ones first. Comparisons with recorded output of our own
// are left out.

/** Tests that run together: `names` picks tests of those files by a pattern, `inThread` saves a process. */
export type Stage = {
  readonly files: readonly string[]
  readonly names?: string
  readonly inThread?: boolean
  /** Far more than the stage takes on a busy host. */
  readonly limitMinutes: number
}

const CPU: Stage = {
  files: ["test/cpu/arm", "test/cpu/isa", "test/cpu/interpreter", "test/mmu", "test/guest", "test/firmware"],
  limitMinutes: 20,
}
const REST: Stage = { files: ["test/fuzz", "test/machines", "test/cpu"], limitMinutes: 60 }
const BOOT: Stage = {
  files: ["test/boot", "test/devices", "test/cli", "test/host", "test/plugins", "test/oracle"],
  limitMinutes: 60,
}

/** The tests of one facility: those of its own, and the name of its lockstep tests. */
type Facility = { readonly folder: RegExp; readonly tests: readonly string[]; readonly lockstep: string }

const CORE = "about (?:a32|thumb)"
const FACILITIES: readonly Facility[] = [
  {
    folder: /text|encoding|operands|formats|exceptions/,
    tests: ["arm/exceptions", "arm/data-processing", "arm/single", "isa/arm-tables"],
    lockstep: CORE,
  },
  { folder: /\/neon\//, tests: ["arm/single", "arm/fast-paths", "arm/vfp", "arm/neon-qemu"], lockstep: "neon" },
  { folder: /\/vfp\//, tests: ["arm/vfp", "arm/fast-paths", "arm/single"], lockstep: "vfp" },
  {
    folder: /\/system\//,
    tests: ["arm/system-registers", "arm/system-effects", "arm/exceptions"],
    lockstep: CORE,
  },
  { folder: /\/control\//, tests: ["arm/counter"], lockstep: CORE },
  { folder: /./, tests: ["arm/single"], lockstep: CORE },
]

/** The stages for a change of a file; "quick" is the program of quick.ts. */
export function stagesFor(path: string): (Stage | "quick")[] {
  const { tests, lockstep } = FACILITIES.find(({ folder }) => folder.test(path)) ?? FACILITIES[1]!
  return [
    "quick",
    { files: tests.map((name) => `test/cpu/${name}.test.ts`), inThread: true, limitMinutes: 10 },
    { files: ["test/fuzz/lockstep.test.ts"], names: lockstep, inThread: true, limitMinutes: 30 },
    CPU,
    REST,
    BOOT,
  ]
}

/** Number of stages. */
export const STAGES = stagesFor("").length

/** Tests that compare with what this project printed before. */
export const GOLDEN: readonly string[] = ["test/cpu/golden.test.ts", "test/cli/machines.test.ts", "test/mutation/**"]
