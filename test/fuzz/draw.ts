// Draws random programs from the instruction tables.

import { allValues, type Word } from "../../cpu/isa/encode.ts"
import { type Instruction, randomWord } from "../../cpu/isa/index.ts"
import type { Random } from "../support/random.ts"
import type { FuzzModel, Program } from "./image.ts"
import type { Kind } from "./kinds.ts"
import { chooser, type Purposes, type Setting } from "./operands.ts"
import { type Choice, type Decks, type Pools, poolsOf, USUAL_KIND } from "./pools.ts"
import { Slots } from "./slots.ts"
import { bankedAccess, changedPage, computedBranch, exceptionReturn, exclusivePair, island } from "./templates.ts"
import { randomWordOf } from "./words.ts"

/** Options of a draw. */
export type Style = {
  readonly model: FuzzModel
  readonly isa: "a32" | "thumb"
  /** The kind of instructions that prevails; "words" are random, whatever they encode. */
  readonly unit: "core" | "vfp" | "neon" | "words"
  /** Whether they run in privileged modes. */
  readonly privileged: boolean
  /** Whether the MMU is on. */
  readonly mmu: boolean
  /** Approximate number of instructions in a program. */
  readonly length: number
}

/** The 16-bit NOP. */
const NOP = 0xbf00

/** Kinds of pieces: an instruction of a kind, or a template. */
type Piece = Kind | "island" | "changedPage"

/** Frequency of each kind of piece, in thousandths. */
const weights: Readonly<Record<Style["unit"], Partial<Record<Piece, number>>>> = {
  core: {
    data: 560,
    memory: 240,
    branch: 50,
    computed: 22,
    exclusive: 15,
    status: 15,
    system: 12,
    call: 6,
    it: 60,
    vfp: 10,
    vfpMemory: 5,
    neon: 10,
    neonMemory: 5,
    island: 8,
  },
  words: {},
  vfp: { vfp: 700, vfpMemory: 120, data: 60, memory: 40, branch: 30, computed: 5, it: 35, island: 4, system: 3 },
  neon: {
    neon: 650,
    neonMemory: 150,
    vfp: 40,
    vfpMemory: 20,
    data: 60,
    memory: 20,
    status: 6,
    branch: 25,
    computed: 5,
    it: 25,
    island: 4,
    system: 3,
  },
}
const privilegedWeights: Partial<Record<Piece, number>> = {
  banked: 15,
  return: 12,
  status: 20,
  system: 20,
  changedPage: 8,
}

/** Draws one program: its pieces, from random numbers, with the pools that it may use. */
export class Drawer implements Setting {
  readonly random: Random
  readonly style: Style
  readonly thumb: boolean
  /** Whether it draws Thumb code without 32-bit instructions other than BL and BLX. */
  readonly isShortThumb: boolean
  readonly privileged: boolean
  readonly model: FuzzModel
  readonly pools: Pools
  readonly purposes: Purposes
  readonly slots: Slots
  readonly #decks: Decks
  readonly #below: (limit: number) => number

  constructor(random: Random, style: Style, purposes: Purposes, slots: Slots, decks: Decks) {
    this.random = random
    this.style = style
    this.thumb = style.isa === "thumb"
    this.isShortThumb = this.thumb && style.model === "arm926"
    this.privileged = style.privileged
    this.model = style.model
    this.pools = poolsOf(style.model, style.isa)
    this.purposes = purposes
    this.slots = slots
    this.#decks = decks
    this.#below = (limit) => random.below(limit)
  }

  /** Draws code in the other instruction set, from which BX LR returns. */
  ofOtherSet(): Drawer {
    const style: Style = { ...this.style, isa: this.thumb ? "a32" : "thumb" }
    const purposes = { ...this.purposes, indexes: [...this.purposes.indexes, 14] }
    return new Drawer(this.random, style, purposes, new Slots(!this.thumb), this.#decks)
  }

  /** Draws a choice of that kind that satisfies a condition: half the time by its mnemonic, else the next of the deck. */
  choice(kind: Kind, accept: (choice: Choice) => boolean = () => true): Choice | undefined {
    const pool = this.pools[kind]
    if (this.random.chance(50)) return this.#decks.deal(pool, accept)
    for (let tries = 0; pool.length > 0 && tries < 20; tries++) {
      const choice = this.random.pick(this.random.pick(pool))
      if (accept(choice)) return choice
    }
    return undefined
  }

  /** Draws a word of an instruction; `fixed` gives the fields that are not random. */
  draw(
    { instruction, set }: Choice,
    kind: Kind,
    context = 0,
    fixed: Readonly<Record<string, number>> = {},
  ): Word | undefined {
    for (let tries = 0; tries < 10; tries++) {
      const choose = chooser(instruction, kind, this)
      const word = randomWord(instruction, this.#below, {
        context,
        set,
        choose: (field, below) => fixed[field] ?? choose(field, below),
        tries: 20,
      })
      if (word && !writesPc(instruction, allValues(instruction, word, context), kind)) return word
    }
    return undefined
  }

  /** Adds one instruction of a kind that needs no preparation. */
  plain(kind: Kind, context = 0, accept?: (choice: Choice) => boolean): boolean {
    const choice = this.choice(kind, accept)
    const word = choice && this.draw(choice, kind, context)
    if (!choice || !word) return false
    this.slots.word(choice.instruction, word)
    return true
  }

  /** Adds a branch forward over a few pieces, sometimes one that comes back. */
  branch(context = 0): boolean {
    const choice = this.choice(
      "branch",
      ({ instruction }) => instruction.args !== "branch24h" && !/branchToA32/.test(instruction.args),
    )
    if (!choice) return false
    const { instruction } = choice
    const drawn = this.draw(choice, "branch", context)
    const offset = /branch\w+/.exec(instruction.args)?.[0]
    if (!drawn || !offset) return false
    const values = allValues(instruction, drawn, 0)
    const kept = Object.fromEntries(
      ["cond", "x", "ln"].flatMap((name) => {
        return instruction.pattern.fields.some((f) => f.name === name) ? [[name, values[name]!]] : []
      }),
    )
    const from = this.slots.count
    const target = from + 1 + this.random.below(this.random.chance(80) ? 4 : 12)
    const least = offset === "branchForward" ? 4 : 2
    const most = instruction.vocabulary.bits === 16 ? 126 : Number.POSITIVE_INFINITY
    this.slots.late(instruction, ({ here, landing }) => {
      const reaches = (piece: number): boolean => landing(piece) - here >= least
      let piece = landing(target) - here > most ? from + 1 : target
      while (!reaches(piece) && piece < this.slots.count) piece++
      return { ...kept, [offset]: reaches(piece) ? landing(piece) - here : least }
    })
    return true
  }

  /** Adds an IT block. */
  block(): boolean {
    const choice = this.choice("it")
    const it = choice && this.draw(choice, "it")
    if (!choice || !it) return false
    this.slots.word(choice.instruction, it)
    for (
      let context = it.word & 0xff;
      context !== 0;
      context = (context & 7) === 0 ? 0 : (context & 0xe0) | ((context << 1) & 0x1f)
    ) {
      let found = false
      for (let tries = 0; tries < 50 && !found; tries++) found = this.#inBlock(context)
      if (!found) this.slots.add(2, () => NOP)
    }
    return true
  }

  // QEMU leaves ITSTATE as it is after an access to a system register that ends the block.
  #inBlock(context: number): boolean {
    const last = (context & 7) === 0
    const part = this.random.below(100)
    if (last && part < 10) return this.branch(context)
    const memory = this.style.unit === "neon" ? "neonMemory" : "vfpMemory"
    const rest = part < 95 || last ? memory : "system"
    const kind = part < 65 ? USUAL_KIND[this.style.unit] : part < 90 ? "memory" : rest
    return this.plain(kind, context)
  }

  /** Adds the next piece of the program. */
  piece(): boolean {
    const kind = this.#kind()
    switch (kind) {
      case "branch":
        return this.branch()
      case "it":
        return this.block()
      case "computed":
        return this.slots.together(() => computedBranch(this))
      case "return":
        return this.slots.together(() => exceptionReturn(this))
      case "banked":
        return this.slots.together(() => bankedAccess(this))
      case "exclusive":
        return this.random.chance(70)
          ? this.slots.together(() => exclusivePair(this))
          : this.plain(kind, 0, ({ instruction: i }) => !/^ldrex/.test(i.name))
      case "changedPage":
        return this.slots.together(() => changedPage(this))
      case "island":
        return this.slots.together(() => island(this))
      default:
        return this.plain(kind)
    }
  }

  #kind(): Piece {
    const table = { ...weights[this.style.unit], ...(this.privileged ? privilegedWeights : {}) }
    const entries = Object.entries(table) as [Piece, number][]
    let at = this.random.below(entries.reduce((sum, [, weight]) => sum + weight, 0))
    for (const [kind, weight] of entries) {
      at -= weight
      if (at < 0) return kind
    }
    return "data"
  }
}

/** Whether an instruction, by its operands, may go to an unprepared address. */
function writesPc(instruction: Instruction, v: Readonly<Record<string, number>>, kind: Kind): boolean {
  if (kind === "computed" || kind === "return") return false
  if (v["rd"] === 15) return true
  if (v["dn"] === 1 && v["ldn"] === 7) return true
  return kind === "memory" && v["rt"] === 15 && instruction.name.startsWith("ldr")
}

/** Draws a program from the decks of its batch. Its states set the registers with a purpose accordingly. */
export function drawProgram(random: Random, style: Style, states: number, decks: Decks): Program {
  const thumb = style.isa === "thumb"
  const purposes = drawPurposes(random, thumb)
  const drawer = new Drawer(random, style, purposes, new Slots(thumb), decks)
  while (drawer.slots.count < style.length) {
    if (style.unit !== "words") drawer.piece()
    else {
      const { bytes, word } = randomWordOf(random, style.model, thumb)
      drawer.slots.add(bytes, () => word)
    }
  }
  return {
    words: drawer.slots.build(),
    thumb,
    seedState: Array.from({ length: states }, () => random.u32()),
    ...purposes,
  }
}

/** Two low registers, a high one and usually the stack pointer point at data; one low and one high are small offsets. */
function drawPurposes(random: Random, thumb: boolean): Purposes {
  const low = [0, 1, 2, 3, 4, 5, 6, 7]
  const take = (): number => low.splice(random.below(low.length), 1)[0]!
  const pointers = [take(), take(), 8 + random.below(2), ...(random.chance(thumb ? 90 : 70) ? [13] : [])]
  return { pointers, indexes: [take(), 10 + random.below(3)] }
}
