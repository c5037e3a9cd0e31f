// The cases of the opcode exerciser among the guests: operands, instructions, and where each result is found.

import { state } from "../../../cpu/ia64/index.ts"
import { place, type Unit } from "./instruction.ts"
import type { Machine } from "./machine.ts"

const { AR, FR_EXP, FR_SIG, GR, GRNAT, PR } = state.files

/** General register operands. */
const INTEGERS = [
  0n,
  1n,
  2n,
  5n,
  7n,
  0x3fn,
  0x40n,
  0x7fn,
  0x80n,
  0xffn,
  0x7fffn,
  0x8000n,
  0xffffn,
  0x7fffffffn,
  0x80000000n,
  0xffffffffn,
  0x100000000n,
  0x8000000000000000n,
  0x7fffffffffffffffn,
  0xffffffffffffffffn,
  0x0123456789abcdefn,
  0xfedcba9876543210n,
  0x80ff7f0001fe00ffn,
  0x00ff00ff80007fffn,
  0xdeadbeefcafebaben,
  0x3ff0000000000000n,
  0x7ff0000000000000n,
  0x7f8000003f800000n,
]
/** Floating-point register operands: significand, and sign over exponent. */
const FLOATS: readonly (readonly [sig: bigint, exp: number])[] = [
  [0n, 0],
  [0n, 0x20000],
  [1n << 63n, 0xffff],
  [1n << 63n, 0x2ffff],
  [0xc000000000000000n, 0x10000],
  [0xaaaaaaaaaaaaaaabn, 0xfffd],
  [0xc90fdaa22168c235n, 0x10000],
  [0xc90fdaa22168c000n, 0x30000],
  [1n << 63n, 0x1ffff],
  [1n << 63n, 0x3ffff],
  [0xc000000000000000n, 0x1ffff],
  [0xa000000000000001n, 0x1ffff],
  [0n, 0x1fffe],
  [0x123456789abcdefn, 0x1003e],
  [0xffffffffffffffffn, 0x1003e],
  [0x8000000000000001n, 0xfbff],
  [0xffffffffffffffffn, 0x103fe],
  [0x8000000000000000n, 0xfc01],
  [0x0000000000001000n, 0xfc01],
  [0xfffff80000000000n, 0xfbf0],
  [0xfffffffffffff800n, 0x103fe],
  [0xffffff0000000000n, 0x1007e],
  [0x8000000000000000n, 0xff81],
  [0xb504f333f9de6484n, 0xffff],
  [0x3f80000040490fdbn, 0x1003e],
  [0x7f800000ff800000n, 0x1003e],
  [0x0000000180000001n, 0x1003e],
  [0x9e3779b97f4a7c15n, 0x10020],
]
const FPSR = 0x9804c0270033fn

/** How an opcode of the exerciser is run, and over which operands. */
type Opcode = {
  readonly kind: "two" | "one" | "compare" | "float" | "get"
  readonly code: readonly (readonly [unit: Unit, text: string])[]
}

const two = (text: string): Opcode => ({ kind: "two", code: [["I", text]] })
const one = (text: string): Opcode => ({ kind: "one", code: [["I", text]] })
const compare = (text: string): Opcode => ({ kind: "compare", code: [["I", text]] })

type Rule = readonly [pattern: RegExp, opcode: (...groups: string[]) => Opcode]

/** The opcodes that this CPU has, by the exerciser's name for them. */
const RULES: readonly Rule[] = [
  [/^(add|sub|addp4|and|andcm|or|xor|shl)$/, (o) => two(`${o} r8=r9,r10`)],
  [/^(add|sub)[+-]1$/, (o) => two(`${o} r8=r9,r10,1`)],
  [/^(shr|shr\.u)$/, (o) => two(`${o} r8=r9,r10`)],
  [/^shladd(\d)$/, (n) => two(`shladd r8=r9,${n},r10`)],
  [/^shrp_(\d+)$/, (n) => two(`shrp r8=r9,r10,${n}`)],
  [/^dep_(\d+)_(\d+)$/, (p, l) => two(`dep r8=r9,r10,${p},${l}`)],
  [/^([zs]xt[124])$/, (o) => one(`${o} r8=r9`)],
  [/^(extr|extr\.u|dep\.z)_(\d+)_(\d+)$/, (o, p, l) => one(`${o} r8=r9,${p},${l}`)],
  [/^dep1_(\d+)_(\d+)$/, (p, l) => one(`dep r8=-1,r9,${p},${l}`)],
  [/^dep0_(\d+)_(\d+)$/, (p, l) => one(`dep r8=0,r9,${p},${l}`)],
  [/^(sub|and|andcm|or|xor)i_(-?\d+)$/, (o, n) => one(`${o} r8=${n},r9`)],
  [/^adds_(-?\d+)$/, (n) => one(`adds r8=${Number(n) * 60},r9`)],
  [/^(cmp4?\.(?:eq|ne|lt|le|gt|ge|ltu|leu|gtu|geu)(?:\.unc)?)$/, (o) => compare(`${o} p6,p7=r9,r10`)],
  [/^(cmp4?\.(?:eq|ne|lt|le|gt|ge|ltu|leu|gtu|geu))i$/, (o) => compare(`${o} p6,p7=5,r10`)],
  [/^(cmp4?\.(?:eq|ne|lt|le|gt|ge|ltu|leu|gtu|geu))qp$/, (o) => compare(`(p8) ${o}.unc p6,p7=r9,r10`)],
  [/^(cmp4?\.(?:eq|ne|lt|le|gt|ge|ltu|leu|gtu|geu))qpn$/, (o) => compare(`(p8) ${o} p6,p7=r9,r10`)],
  [/^(cmp4?\.(?:eq|ne)\.(?:and|or|or\.andcm))$/, (o) => compare(`${o} p6,p7=r9,r10`)],
  [/^(cmp4?\.(?:eq|ne)\.(?:and|or|or\.andcm))i$/, (o) => compare(`${o} p6,p7=-3,r10`)],
  [/^(cmp4?\.(?:gt|le|ge|lt)\.(?:and|or|or\.andcm))$/, (o) => compare(`${o} p6,p7=r0,r10`)],
  [
    /^((?:fma|fms|fnma)(?:\.[sd])?\.s[0-3]|xma\.(?:l|h|hu))$/,
    (o) => ({ kind: "float", code: [["F", `${o} f11=f8,f9,f10`]] }),
  ],
  [/^(getf\.\w+)$/, (o) => ({ kind: "get", code: [["M", `${o} r8=f8`]] })],
  [
    /^setf\.(sig|exp|s|d)(e?)$/,
    (format, exponent) => ({
      kind: "one",
      code: [
        ["M", `setf.${format} f8=r9`],
        ["M", `getf.${exponent ? "exp" : "sig"} r8=f8`],
      ],
    }),
  ],
]

/** The opcode of that name, if this CPU has it. */
export function opcodeOf(name: string): Opcode | undefined {
  for (const [pattern, make] of RULES) {
    const match = pattern.exec(name)
    if (match) return make(...match.slice(1))
  }
  return undefined
}

const unsigned = (value: number | bigint) => BigInt.asUintN(64, BigInt(value))
const text = (value: number | bigint) => unsigned(value).toString(16).padStart(16, "0")

/** Runs every `every`th case of an opcode: its number, its operands, and what the exerciser would print. */
export function* casesOf(
  machine: Machine,
  { kind, code }: Opcode,
  every: number,
): Generator<{ n: number; about: string; result: string }> {
  const places = code.map(([unit, text], n) => place(machine, BigInt(0x1_0000 + 16 * n), unit, text))
  let n = 0
  for (const operands of operandsOf(kind)) {
    if (n % every === 0) yield { n, about: operands.join(" "), result: run(machine, kind, places, operands) }
    n++
  }
}

function* operandsOf(kind: Opcode["kind"]): Generator<readonly number[]> {
  const count = INTEGERS.length
  for (let i = 0; i < count; i++) {
    if (kind === "one" || kind === "get") yield [i]
    else {
      for (let j = 0; j < count; j++) {
        const q = (i * 3 + j * 5) & 7
        if (kind === "two") yield [i, j]
        else if (kind === "compare")
          yield* [
            [i, j, q],
            [i, j, q ^ 7],
          ]
        else for (let k = 0; k < 4; k++) yield [i, j, (i * 7 + j * 3 + k * 5) % FLOATS.length]
      }
    }
  }
}

function run(machine: Machine, kind: Opcode["kind"], places: readonly bigint[], operands: readonly number[]): string {
  const { state: s } = machine
  s.reset()
  const [i, j, k] = operands
  s.setLong(AR, 40, FPSR)
  if (kind === "float" || kind === "get") {
    for (const [n, operand] of operands.entries()) {
      const [sig, exp] = FLOATS[operand]!
      s.setLong(FR_SIG, 8 + n, BigInt.asIntN(64, sig))
      s.set(FR_EXP, 8 + n, exp)
    }
    s.setLong(FR_SIG, 11, -(1n << 63n))
    s.set(FR_EXP, 11, 0xffff)
  } else {
    s.setLong(GR, 9, BigInt.asIntN(64, INTEGERS[i!]!))
    if (j !== undefined) s.setLong(GR, 10, BigInt.asIntN(64, INTEGERS[j]!))
    if (k !== undefined) for (let bit = 0; bit < 3; bit++) s.set(PR, 6 + bit, (k >> bit) & 1)
  }
  for (const at of places) {
    machine.pc = at
    const outcome = machine.step()
    if (outcome.kind === "raise") return outcome.exception
  }
  const general = s.get(GRNAT, 8) ? 0x1a7n : s.getLong(GR, 8)
  switch (kind) {
    case "compare":
      return text(s.get(PR, 6) + 2 * s.get(PR, 7))
    case "float":
      return [s.getLong(FR_SIG, 11), s.get(FR_EXP, 11), s.getLong(AR, 40), 1, 0].map(text).join(" ")
    case "get":
      return text(general)
    default:
      return text(general)
  }
}
