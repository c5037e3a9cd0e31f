// Draws programs with the control flow that compilers make: loops in loops, calls, branches both ways, tables of branches,
// conditional instructions; among them faults, system calls and stores into code. They never end.
//
// r0 to r5 are data, r6 points to memory, r7 is scratch, r8, r9 and r12 count rounds, r10 is where a fault goes on.

import { AL, CONDITIONS as ALL_CONDITIONS } from "../../../cpu/arm/control/conditions.ts"
import type { Random } from "../../support/random.ts"

const DATA_REGISTERS = ["r0", "r1", "r2", "r3", "r4", "r5"] as const
const COUNTERS = ["r8", "r9", "r12"] as const
/** In pairs: a condition and its opposite. */
const CONDITIONS = ALL_CONDITIONS.slice(0, AL)
const opposite = (condition: string): string => CONDITIONS[CONDITIONS.indexOf(condition) ^ 1]!

export type Style = {
  readonly thumb: boolean
  /** Whether its own code is written. */
  readonly writesCode: boolean
  /** Statements, about. */
  readonly size: number
}

/** The source of a program; `BAD` is where nothing is, `DATA` memory. */
export function drawSource(random: Random, style: Style): string {
  return new Drawer(random, style).program()
}

class Drawer {
  readonly #random: Random
  readonly #style: Style
  readonly #lines: string[] = []
  #labels = 0
  /** Statements that are still to be drawn. */
  #left = 0
  readonly #functions: string[] = []
  #slots = 0

  constructor(random: Random, style: Style) {
    this.#random = random
    this.#style = style
  }

  program(): string {
    const functions = 2 + this.#random.below(4)
    for (let n = 0; n < functions; n++) this.#functions.push(`function${n}`)
    this.#emit("ldr r6, =DATA")
    for (const [n, register] of DATA_REGISTERS.entries()) this.#emit(`ldr ${register}, =${this.#random.u32() >>> n}`)
    this.#emit("b again", ".ltorg")
    for (const [n, name] of this.#functions.entries()) this.#function(name, n)
    this.#emit("again:")
    this.#body(this.#style.size, 0, 0)
    this.#far("b", "again")
    this.#emit(".ltorg")
    return this.#lines.join("\n")
  }

  // A function calls only those before it, so that nothing recurs.
  #function(name: string, number: number): void {
    const isLeaf = number === 0 || this.#random.chance(30)
    const size = this.#random.below(this.#style.size / 2)
    this.#emit(`${name}:`)
    if (isLeaf) {
      this.#body(size, 2, 0)
      this.#emit("bx lr")
    } else {
      this.#emit("push {r4, r8, r12, lr}")
      this.#body(size, 1, number)
      this.#emit("pop {r4, r8, r12, pc}")
    }
    this.#emit(".ltorg")
  }

  #body(size: number, depth: number, callable: number): void {
    this.#left = size
    do this.#statement(depth, callable)
    while (this.#left > 0)
  }

  // `depth` loops are around it; `callable` functions may be called, or all where it is 0 and depth too.
  #statement(depth: number, callable: number): void {
    if (this.#left-- <= 0) {
      this.#arithmetic()
      return
    }
    const random = this.#random
    const mayCall = depth === 0 ? this.#functions.length : callable
    const roll = random.below(100)
    if (roll < 34) this.#arithmetic()
    else if (roll < 48) this.#memory()
    else if (roll < 60) this.#conditional()
    else if (roll < 70) this.#either(depth, callable)
    else if (roll < 80 && depth < COUNTERS.length) this.#loop(depth, callable)
    else if (roll < 87 && mayCall > 0) this.#call(mayCall)
    else if (roll < 91) this.#table(depth, callable)
    else if (roll < 94) this.#fault()
    else if (roll < 96) this.#emit("svc #1")
    else if (roll < 98) this.#emit("mrs r7, apsr", `eor ${this.#data()}, r7, ${this.#data()}`)
    else if (this.#style.writesCode) this.#write()
    else this.#arithmetic()
  }

  #arithmetic(): void {
    const { name, operands } = this.#operation()
    this.#emit(`${name}${this.#random.chance(50) && this.#mayFlag(name) ? "s" : ""} ${operands}`)
  }

  #mayFlag(name: string): boolean {
    return !/^(?:mul|cmp|tst|cmn|teq|ubfx|sbfx|uxt|sxt|clz|rev|umull|udiv|sdiv|uqadd|qadd|mla|bfi|sel|uadd8)/.test(name)
  }

  #operation(): { name: string; operands: string } {
    const random = this.#random
    const [d, n, m] = [this.#data(), this.#data(), this.#data()]
    const shift = random.pick(["lsl", "lsr", "asr", "ror"] as const)
    const by = 1 + random.below(31)
    const three = random.pick(["add", "sub", "and", "orr", "eor", "bic", "adc", "sbc", "rsb"] as const)
    switch (random.below(10)) {
      case 0:
        return { name: three, operands: `${d}, ${n}, #${random.below(256)}` }
      case 1:
        return { name: three, operands: `${d}, ${n}, ${m}, ${shift} #${by}` }
      case 2:
        return { name: shift, operands: `${d}, ${n}, #${by}` }
      case 3:
        return { name: random.pick(["cmp", "tst", "cmn", "teq"] as const), operands: `${n}, ${m}` }
      case 4:
        return { name: random.pick(["uxtb", "sxth", "clz", "rev"] as const), operands: `${d}, ${n}` }
      case 5:
        return { name: random.pick(["mul", "udiv", "qadd", "uadd8", "sel"] as const), operands: `${d}, ${n}, ${m}` }
      case 6:
        return {
          name: random.pick(["ubfx", "sbfx"] as const),
          operands: `${d}, ${n}, #${by - 1}, #${1 + random.below(32 - by)}`,
        }
      case 7:
        return { name: random.pick(["mov", "mvn"] as const), operands: `${d}, ${n}` }
      case 8:
        return {
          name: random.pick(["mov", "mvn"] as const),
          operands: `${d}, #${random.pick([0, 1, random.below(256)])}`,
        }
      default:
        return { name: three, operands: `${d}, ${n}, ${m}` }
    }
  }

  // Aligned and not, within a page and across two.
  #memory(): void {
    const random = this.#random
    const [a, b] = [this.#data(), this.#data()]
    const offset = random.chance(30) ? random.below(4000) : 4 * random.below(64)
    switch (random.below(8)) {
      case 0:
      case 1:
        this.#emit(`${random.pick(["ldr", "ldrb", "ldr"] as const)} ${a}, [r6, #${offset}]`)
        return
      case 2:
      case 3:
        this.#emit(`${random.pick(["str", "strb", "str"] as const)} ${a}, [r6, #${offset}]`)
        return
      case 4:
        this.#emit(
          `and r7, ${b}, #0xff`,
          "add r7, r6, r7",
          `ldr${random.pick(["h", "sh", "sb", ""] as const)} ${a}, [r7, #2]`,
        )
        return
      case 5:
        this.#emit(
          `and r7, ${b}, #0xfc`,
          "add r7, r6, r7",
          "stm r7, {r0, r2, r4}",
          "ldmdb r7!, {r1, r3}",
          "strh r5, [r7, #1]",
        )
        return
      case 6:
        this.#emit("push {r1, r5}", `add r2, r2, ${a}`, "pop {r3, r4}")
        return
      default:
        this.#emit(`strd r2, r3, [r6, #${offset & 0xf8}]`, `ldrd r0, r1, [r6, #${(offset + 4) & 0xfc}]`)
    }
  }

  // One to four conditional instructions.
  #conditional(): void {
    const random = this.#random
    const condition = random.pick(CONDITIONS)
    const sides = Array.from({ length: 1 + random.below(4) }, (_, n) => n === 0 || random.chance(60))
    const it = sides.slice(1).map((same) => (same ? "t" : "e"))
    this.#emit(`cmp ${this.#data()}, ${this.#data()}`, `it${it.join("")} ${condition}`)
    for (const same of sides) {
      const { name, operands } = this.#operation()
      this.#emit(`${name}${same ? condition : opposite(condition)} ${operands}`)
    }
  }

  #either(depth: number, callable: number): void {
    const [otherwise, end] = [this.#label(), this.#label()]
    this.#emit(`cmp ${this.#data()}, ${this.#data()}`)
    this.#far(`b${this.#random.pick(CONDITIONS)}`, otherwise)
    this.#some(depth, callable)
    if (this.#random.chance(50)) {
      this.#far("b", end)
      this.#emit(".ltorg", `${otherwise}:`)
      this.#some(depth, callable)
      this.#emit(`${end}:`)
    } else this.#emit(`${otherwise}:`)
  }

  #loop(depth: number, callable: number): void {
    const counter = COUNTERS[depth]!
    const [start, end] = [this.#label(), this.#label()]
    this.#emit(`mov ${counter}, #${1 + this.#random.below(12)}`, `${start}:`)
    this.#some(depth + 1, depth === 0 && callable === 0 ? 0 : callable)
    if (this.#random.chance(30)) {
      this.#emit(`cmp ${this.#data()}, #${this.#random.below(200)}`)
      this.#far("bhi", end)
    }
    this.#emit(`subs ${counter}, ${counter}, #1`)
    this.#far("bne", start)
    this.#emit(`${end}:`)
  }

  #call(functions: number): void {
    const name = this.#functions[this.#random.below(functions)]!
    if (this.#random.chance(70)) this.#emit(`bl ${name}`)
    else this.#emit(`ldr r7, =${name}${this.#style.thumb ? " + 1" : ""}`, "blx r7")
  }

  // A branch by a table.
  #table(depth: number, callable: number): void {
    const cases = [this.#label(), this.#label(), this.#label(), this.#label()]
    const end = this.#label()
    this.#emit(`and r7, ${this.#data()}, #3`)
    if (this.#style.thumb) {
      this.#emit("tbh [pc, r7, lsl #1]")
      const table = this.#label()
      this.#emit(`${table}:`, ...cases.map((label) => `.short (${label} - ${table}) / 2`))
    } else {
      this.#emit("add pc, pc, r7, lsl #2", "nop", ...cases.map((label) => `b ${label}`))
    }
    for (const label of cases) {
      this.#emit(`${label}:`)
      this.#some(depth, callable)
      this.#far("b", end)
    }
    this.#emit(".ltorg", `${end}:`)
  }

  // An access that faults now and then, and goes on behind.
  #fault(): void {
    const behind = this.#label()
    const isStore = this.#random.chance(50)
    this.#emit(`adr r10, ${behind}`, `tst ${this.#data()}, #7`, "ite eq", "ldreq r7, =BAD", "movne r7, r6")
    this.#emit(`${isStore ? "str" : "ldr"} ${this.#data()}, [r7, #${4 * this.#random.below(8)}]`)
    this.#arithmetic()
    this.#emit(this.#style.thumb ? ".align 2" : "", `${behind}:`)
  }

  // Puts one of two instructions at a place some way on.
  #write(): void {
    const slot = `slot${this.#slots++}`
    const [one, other] = [this.#label(), this.#label()]
    const over = this.#label()
    const [load, store] = this.#style.thumb ? ["ldrh", "strh"] : ["ldr", "str"]
    this.#emit(`tst ${this.#data()}, #${2 ** this.#random.below(5)}`, "ite eq")
    this.#emit(`ldreq r7, =${one}`, `ldrne r7, =${other}`, `${load} r7, [r7]`, "push {r0}", `ldr r0, =${slot}`)
    this.#emit(`${store} r7, [r0]`, "pop {r0}")
    for (let n = this.#random.below(4); n > 0; n--) this.#arithmetic()
    this.#emit(`${slot}: adds r1, r1, #1`)
    this.#far("b", over)
    this.#emit(`${one}: subs r1, r1, #3`, `${other}: adds r2, r2, #5`, ".ltorg", `${over}:`)
  }

  #some(depth: number, callable: number): void {
    for (let n = 1 + this.#random.below(4); n > 0; n--) this.#statement(depth, callable)
  }

  #far(branch: string, label: string): void {
    this.#emit(`${branch}${this.#style.thumb ? ".w" : ""} ${label}`)
  }

  #data(): string {
    return this.#random.pick(DATA_REGISTERS)
  }

  #label(): string {
    return `label${this.#labels++}`
  }

  #emit(...lines: string[]): void {
    this.#lines.push(...lines.map((line) => (line.endsWith(":") ? line : `        ${line}`)))
  }
}
