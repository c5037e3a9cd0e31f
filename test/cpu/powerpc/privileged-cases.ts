// Cases of privileged state: exceptions, MSR, special-purpose registers, and translation by BATs, segments and pages.

import type { PowerPcModelName } from "../../../cpu/powerpc/index.ts"
import { MSR_BITS } from "../../../cpu/powerpc/system/msr-bits.ts"
import { sprs750, sprs7400 } from "../../../cpu/powerpc/system/spr.ts"
import { DATA, load, type MappedPage, type PrivilegedCase, poke, writeSprs } from "./privileged-program.ts"

const { VEC, EE, PR, FP, ME, FE0, SE, BE, FE1, IP, IR, DR, PM, RI } = MSR_BITS
const ON = IR | DR
const USER = PR | ON

/** What executes in each privilege, with and without translation. */
const modes = { real: 0, supervisor: ON, user: USER, "real user": PR }

const each = <T>(of: Readonly<Record<string, T>>, make: (name: string, value: T) => PrivilegedCase): PrivilegedCase[] =>
  Object.entries(of).map(([name, value]) => make(name, value))

/** Exceptions that instructions raise, in each mode. */
const raising: Readonly<Record<string, readonly string[]>> = {
  sc: [],
  "tw taken": ["tw 31, r0, r0"],
  "tw not taken": ["tw 0, r0, r0"],
  "twi on equality": ["twi 4, r3, 0"],
  "illegal word": [".long 0"],
  "illegal opcode 1": [".long 0x04000000"],
  "illegal opcode 31": [".long 0x7c0003fe"],
  mfmsr: ["mfmsr r3"],
  "mtmsr of the same": ["mfmsr r3", "mtmsr r3"],
  mtsr: ["mtsr 5, r3", "mfsr r4, 5"],
  mtsrin: [...load("r5", 0x6000_0000), "mtsrin r3, r5", "mfsrin r4, r5"],
  tlbie: ["tlbie r3"],
  tlbsync: ["tlbsync"],
  dcbi: [...load("r5", DATA), "dcbi 0, r5"],
  "fadd without MSR[FP]": ["fadd f1, f2, f3"],
  "lfd without MSR[FP]": [...load("r5", DATA), "lfd f1, 0(r5)"],
  "lwarx misaligned": [...load("r5", DATA + 2), "lwarx r3, 0, r5"],
  "stwcx. misaligned": [...load("r5", DATA + 1), "stwcx. r3, 0, r5"],
  "lmw misaligned": [...load("r5", DATA + 1), "lmw r29, 0(r5)"],
  "stmw misaligned": [...load("r5", DATA + 3), "stmw r29, 0(r5)"],
  "lwz misaligned": [...load("r5", DATA + 1), "lwz r3, 0(r5)"],
}

const raised = each(modes, (mode, msr) => ({ name: mode, msr, code: [] })).flatMap(({ name: mode, msr }) =>
  each(msr & PR ? { ...raising, rfi: ["rfi"] } : raising, (name, code) => ({
    name: `${name}, ${mode}`,
    msr: msr | RI,
    code,
  })),
)

// Little-endian mode, which ILE leads to, is not modelled.
const bits = { VEC, EE, PR, FP, ME, FE0, SE, BE, FE1, IP, IR, DR, PM, RI }

/** Each bit of MSR, set by rfi and by mtmsr, and what the exception makes of it. */
const msrBits: PrivilegedCase[] = [
  ...each(bits, (name, bit) => ({ name: `rfi sets ${name}`, msr: bit, code: [] })),
  ...each(bits, (name, bit) => ({
    name: `mtmsr sets ${name}`,
    msr: 0,
    code: [...load("r5", bit), "mtmsr r5", "isync", "ori r0, r0, 0"],
  })),
  ...Array.from({ length: 16 }, (_, n) => n).map((n) => ({
    name: `rfi with bit ${n} of SRR1`,
    msr: (n === 15 ? 0 : 1 << (31 - n)) | 0,
    code: [] as string[],
  })),
]

/** Every special-purpose register of a model, read and written by users, and read by supervisors. */
function registers(model: PowerPcModelName): PrivilegedCase[] {
  const own = model === "750" ? sprs750 : sprs7400
  const missing = [0, 2, 31, 16, 48, 300, 512, 560, 1000, 1016, 900, 1011]
  // What counts, or is set up by a power-on that differs by board, is only accessed.
  const varying = [22, 268, 269, 284, 285, 936, 937, 938, 939, 940, 941, 942, 953, 954, 957, 958, 928, 935]
  return [...new Set([...own, ...missing])].flatMap((n) => {
    const hide = varying.includes(n) ? ["addi r3, 0, 0"] : []
    return [
      { name: `mfspr ${n} by users`, msr: USER, code: [`mfspr r3, ${n}`, ...hide] },
      { name: `mtspr ${n} by users`, msr: USER, code: ["addi r4, 0, 5", `mtspr ${n}, r4`] },
      { name: `mfspr ${n}`, msr: ON, code: [`mfspr r3, ${n}`, ...hide] },
    ]
  })
}

/** Registers without effect that keep what they are given. */
const kept = [19, 18, 26, 27, 272, 273, 274, 275, 282].map(
  (n): PrivilegedCase => ({
    name: `mtspr ${n} with ones`,
    msr: 0,
    code: ["addi r4, 0, -1", `mtspr ${n}, r4`, `mfspr r3, ${n}`],
  }),
)

/** Makes code that was just written visible to fetches. */
const sync = ["dcbst 0, r30", "sync", "icbi 0, r30", "sync", "isync"]

const readAt = (ea: number) => [...load("r5", ea), "lwz r3, 0(r5)"]
const writeAt = (ea: number) => [...load("r5", ea), "addi r4, 0, 7", "stw r4, 0(r5)"]
const accesses = { read: readAt, write: writeAt }

/** Blocks: every permission, privilege and size. */
const blocks: PrivilegedCase[] = [
  ...[0, 1, 2, 3].flatMap((pp) =>
    [0, 1, 2, 3].flatMap((valid) =>
      [ON, USER].flatMap((msr) =>
        each(accesses, (name, code) => ({
          name: `${name} in a block with PP ${pp}, valid ${valid}, ${msr === ON ? "supervisor" : "user"}`,
          msr,
          setup: writeSprs({ 536: 0x8000_007c | valid, 537: pp }),
          code: code(0x8000_0000 | DATA),
          watch: DATA,
        })),
      ),
    ),
  ),
  ...[0, 1, 3, 7, 15, 31, 63, 127, 255, 511, 1023].flatMap((length) =>
    [(length + 1) * 0x2_0000 - 4, (length + 1) * 0x2_0000].map((offset) => ({
      name: `a block of length ${length} read at ${offset.toString(16)}`,
      msr: ON,
      setup: writeSprs({ 538: 0x9000_0000 | (length << 2) | 3, 539: 0x0010_0002 & ~(length << 17) }),
      code: [...load("r5", (0x9000_0000 + (offset % 0x2000_0000)) >>> 0), "lwz r4, 0(r5)", "addi r4, 0, 1"],
    })),
  ),
  ...[0, 1, 2, 3].flatMap((pp) =>
    [ON, USER].map((msr) => ({
      name: `fetch from a block with PP ${pp}, ${msr === ON ? "supervisor" : "user"}`,
      msr,
      setup: [...poke(DATA + 0x1000, 0x4400_0002), ...sync, ...writeSprs({ 528: 0x8000_007f, 529: pp })],
      entry: 0x8000_0000 | (DATA + 0x1000),
      code: [],
    })),
  ),
]

const EA = 0x5000_3000
const VSID = 0x12_3456
const page = (low: number, ea = EA, vsid = VSID): MappedPage => ({ ea, vsid, low: DATA | low })
const segment = (bits: number, n = 5) => [...load("r30", (bits | VSID) >>> 0), `mtsr ${n}, r30`]

/** Pages: every key and permission, R and C, N and G, T. */
const pages: PrivilegedCase[] = [
  ...[0, 1, 2, 3].flatMap((keys) =>
    [0, 1, 2, 3].flatMap((pp) =>
      [ON, USER].flatMap((msr) =>
        each(accesses, (name, code) => ({
          name: `${name} of a page with keys ${keys}, PP ${pp}, ${msr === ON ? "supervisor" : "user"}`,
          msr,
          setup: segment(keys << 29),
          pages: [page(pp)],
          code: code(EA),
        })),
      ),
    ),
  ),
  ...[0, 1, 2, 3].flatMap((pp) =>
    [0, 1, 2, 3].flatMap((keys) =>
      [ON, USER].map((msr) => ({
        name: `fetch from a page with keys ${keys}, PP ${pp}, ${msr === ON ? "supervisor" : "user"}`,
        msr,
        setup: [...segment(keys << 29), ...poke(DATA, 0x4400_0002), ...sync],
        pages: [page(pp)],
        entry: EA,
        code: [],
      })),
    ),
  ),
  ...each({ N: 0x1000_0000, T: 0x8000_0000 }, (name, bit) => ({
    name: `fetch from a segment with ${name}`,
    msr: ON,
    setup: [...segment(bit), ...poke(DATA, 0x4400_0002), ...sync],
    pages: [page(2)],
    entry: EA,
    code: [],
  })),
  { name: "fetch from a guarded page", msr: ON, setup: segment(0), pages: [page(0xa)], entry: EA, code: [] },
  { name: "fetch from no page", msr: USER, setup: segment(0), entry: EA, code: [] },
  ...each(accesses, (name, code) => ({ name: `${name} in no page`, msr: USER, setup: segment(0), code: code(EA) })),
  ...each(accesses, (name, code) => ({
    name: `${name} in a direct-store segment`,
    msr: ON,
    setup: segment(0x8000_0000),
    pages: [page(2)],
    code: code(EA),
  })),
  ...each(
    {
      lwarx: ["lwarx r3, 0, r5"],
      "stwcx. without reservation": ["stwcx. r3, 0, r5"],
      "stwcx. with reservation": ["lwarx r3, 0, r5", "stwcx. r3, 0, r5"],
      dcbz: ["dcbz 0, r5"],
      dcbst: ["dcbst 0, r5"],
      dcbf: ["dcbf 0, r5"],
      dcbt: ["dcbt 0, r5"],
      dcbtst: ["dcbtst 0, r5"],
      dcbi: ["dcbi 0, r5"],
      icbi: ["icbi 0, r5"],
      lmw: ["lmw r29, 0(r5)"],
      stmw: ["stmw r29, 0(r5)"],
      lswi: ["lswi r20, r5, 9"],
      stswi: ["stswi r20, r5, 9"],
      lwzu: ["lwzu r3, 4(r5)"],
      stwu: ["stwu r3, 4(r5)"],
      eciwx: ["eciwx r3, 0, r5"],
      ecowx: ["ecowx r3, 0, r5"],
    },
    (name, code) => ({ name, msr: ON, code: [...load("r5", EA), ...code, "addi r3, 0, 0"] }),
  ).flatMap((one) => [
    { ...one, name: `${one.name} of a page`, setup: segment(0), pages: [page(2)] },
    { ...one, name: `${one.name} of a read-only page`, setup: segment(0), pages: [page(3)] },
    { ...one, name: `${one.name} of no page`, setup: segment(0) },
    // In a direct-store segment, QEMU repeats lwarx, stwcx., eciwx and ecowx for ever.
    ...(/^(lwarx|stwcx|eciwx|ecowx)/.test(one.name)
      ? []
      : [{ ...one, name: `${one.name} of a direct-store segment`, setup: segment(0x8000_0000) }]),
  ]),
  {
    name: "a word across two pages, the second one missing",
    msr: ON,
    setup: segment(0),
    pages: [page(2)],
    code: readAt(EA + 0xffe),
  },
  {
    name: "a store across two pages, the second one missing",
    msr: ON,
    setup: segment(0),
    pages: [page(2)],
    code: writeAt(EA + 0xffd),
  },
  {
    name: "a page after tlbie",
    msr: DR,
    setup: segment(0),
    pages: [page(2), page(0x1002, EA + 0x1000)],
    code: [...readAt(EA), ...load("r5", EA), "tlbie r5", "sync", "lwz r4, 0(r5)"],
  },
]

const swap = (value: number) => [...load("r6", value), "mtsr 5, r6", "isync"]

/** Translation of fetches or of data alone, and segments that change and come back. */
const switches: PrivilegedCase[] = [
  { name: "translated data, real fetches", msr: DR, setup: segment(0), pages: [page(2)], code: readAt(EA) },
  {
    name: "translated data of users, real fetches",
    msr: DR | PR,
    setup: segment(0x2000_0000),
    pages: [page(0)],
    code: readAt(EA),
  },
  { name: "real data, translated fetches", msr: IR, code: readAt(DATA) },
  {
    name: "from one mixture to the other",
    msr: DR,
    setup: segment(0),
    pages: [page(2)],
    code: [...readAt(EA), ...load("r6", IR), "mtmsr r6", "isync", ...load("r5", DATA), "lwz r4, 0(r5)"],
  },
  {
    name: "a segment that changes and comes back",
    msr: ON,
    setup: [...segment(0), ...poke(DATA + 0x1000, 0x5566_7788)],
    pages: [page(2), page(0x1002, EA, VSID + 1)],
    code: [...readAt(EA), ...swap(VSID + 1), "lwz r4, 0(r5)", ...swap(VSID), "lwz r3, 0(r5)"],
  },
  {
    name: "a segment that changes to one without the page",
    msr: ON,
    setup: segment(0),
    pages: [page(2)],
    code: [...readAt(EA), ...swap(VSID + 2), "lwz r4, 0(r5)"],
  },
]

/** Interrupts and traces. */
const asynchronous: PrivilegedCase[] = [
  {
    name: "decrementer",
    msr: EE,
    code: [...load("r5", 100), "mtspr 22, r5", "spin: b spin"].map((line) => line.replaceAll("spin", "spin1")),
  },
  {
    name: "decrementer while masked",
    msr: 0,
    code: [
      ...load("r5", 1),
      "mtspr 22, r5",
      "wait2: mfspr r6, 22",
      "cmpi cr0, 0, r6, 0",
      "bc 4, lt, wait2",
      ...load("r6", EE),
      "mtmsr r6",
      "wait3: b wait3",
    ],
  },
  { name: "decrementer of users", msr: EE | USER, setup: writeSprs({ 22: 1000 }), code: ["wait4: b wait4"] },
  { name: "SE by rfi, user", msr: SE | USER, code: [] },
  { name: "SE by mtmsr", msr: 0, code: [...load("r5", SE), "mtmsr r5", "ori r0, r0, 0", "ori r0, r0, 0"] },
  { name: "BE, a branch", msr: BE | USER, code: ["b over5", "ori r0, r0, 0", "over5: ori r0, r0, 0"] },
  { name: "BE, a branch not taken", msr: BE, code: ["bc 12, eq, over6", "ori r0, r0, 0", "over6: ori r0, r0, 0"] },
  { name: "SE and a load that fails", msr: SE | DR, code: [], setup: [] },
  {
    name: "FE0 with an enabled exception pending",
    msr: FP,
    setup: [...load("r6", FP), "mtmsr r6", "isync", "mtfsfi 7, 0", "mtfsfi 6, 8"],
    code: ["mtfsb1 7", ...load("r5", FP | FE0), "mtmsr r5", "ori r0, r0, 0"],
  },
  {
    name: "FE1 by rfi with an enabled exception pending",
    msr: FP | FE1 | ON,
    setup: [...load("r6", FP), "mtmsr r6", "isync", "mtfsfi 6, 8", "mtfsb1 7"],
    code: ["ori r0, r0, 0"],
  },
]

/** AltiVec and floating point while they are off. */
const vector: PrivilegedCase[] = [
  { name: "vaddubm without MSR[VEC]", msr: ON, code: ["vaddubm v1, v2, v3"] },
  { name: "lvx without MSR[VEC]", msr: USER, code: ["lvx v1, 0, r5"] },
  { name: "mfvscr without MSR[VEC]", msr: 0, code: ["mfvscr v1"] },
]

/** The cases of a model. */
export const casesOf = (model: PowerPcModelName): PrivilegedCase[] => [
  ...raised,
  ...msrBits.filter(({ name }) => model === "7400" || !name.includes("VEC")),
  ...registers(model),
  ...kept,
  ...blocks,
  ...pages,
  ...switches,
  ...asynchronous,
  ...(model === "7400" ? vector : []),
]
