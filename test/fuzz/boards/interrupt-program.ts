// Draws random programs that interrupt themselves: by software-generated interrupts of the GIC and by their timers.
//
// The store to GICD_SGIR makes the interrupt pending (ARM IHI 0048B, 4.3.15). The CPU takes it before the next instruction. If
// it is masked, that is the one behind the unmasking. Interrupts 0 to 7 are in group 0 and come as FIQs, the others as IRQs.

import { allValues } from "../../../cpu/isa/encode.ts"
import { assemble } from "../../guests/programs.ts"
import { Random } from "../../support/random.ts"
import { Drawer } from "../draw.ts"
import { Decks, mnemonicOf } from "../pools.ts"
import { Slots } from "../slots.ts"
import type { BoardProgram } from "./board-run.ts"
import { interruptHarness, interruptLayout } from "./interrupt-harness.ts"

/** Registers of programs: pointers to data, small offsets, rounds left, address of GICD_SGIR, value for it. */
const PURPOSES = { pointers: [2, 9, 13], indexes: [5, 11] }
const [ROUNDS, SGIR, VALUE] = [4, 6, 7]
const KEPT = [...PURPOSES.pointers, ...PURPOSES.indexes, ROUNDS, SGIR, VALUE]
const KEPT_MASK = KEPT.reduce((mask, register) => mask | (1 << register), 0)

const { CODE, PROGRAMS, DESCRIPTORS, DATA, DATA_BYTES, RECORDS } = interruptLayout
/** Approximate number of pieces of a program. */
const LENGTH = 40

const USER = 0x10
const SUPERVISOR = 0x13
const SYSTEM = 0x1f

/** The condition field of an A32 instruction: mostly always. */
const conditionOf = (random: Random): number => (random.chance(60) ? 14 : random.below(14))

/** Draws one program, which runs in a given mode. */
class InterruptDrawer {
  readonly #d: Drawer
  readonly #random: Random
  readonly #mode: number

  constructor(random: Random, thumb: boolean, mode: number, decks: Decks) {
    this.#random = random
    this.#mode = mode
    const style = {
      model: "cortex-a15",
      isa: thumb ? "thumb" : "a32",
      unit: "core",
      mmu: false,
      length: LENGTH,
    } as const
    this.#d = new Drawer(random, { ...style, privileged: mode !== USER }, PURPOSES, new Slots(thumb), decks)
  }

  /** A word that both sets have. */
  #either(a32: number, thumb: number): void {
    if (this.#d.thumb) this.#d.slots.add(thumb > 0xffff ? 4 : 2, () => thumb)
    else this.#d.slots.add(4, () => a32)
  }

  /** An instruction that leaves the registers with a purpose alone. */
  #harmless(kind: "data" | "memory", context = 0): void {
    for (;;) {
      const choice = this.#d.choice(kind, ({ instruction: i }) => !/^(?:pld|pli|vld|vst|ldrt|strt)/.test(i.name))
      const fixed =
        kind === "memory" ? { imm5: this.#random.below(3), type: 0, imm12: 4 * this.#random.below(32), u: 1 } : {}
      const word = choice && this.#d.draw(choice, kind, context, fixed)
      if (!choice || !word) continue
      const { instruction } = choice
      const v = allValues(instruction, word, context)
      const isStore = kind === "memory" && /^(?:st|push)/.test(mnemonicOf(instruction))
      const written = ["rd", "rdlo", "rdhi", "ld", ...(isStore ? [] : ["rt", "rt2", "lt"])]
      const names = written.flatMap((name) => (v[name] === undefined ? [] : [v[name]]))
      if (v["ldn"] !== undefined) names.push((v["dn"] ?? 0) * 8 + v["ldn"])
      if (mnemonicOf(instruction).startsWith("ldrd")) names.push(v["rt"]! + 1)
      if (names.some((register) => KEPT.includes(register))) continue
      if (kind === "memory") {
        const list = v["list"] ?? v["list15"] ?? v["list8"] ?? 0
        if (!isStore && (list & KEPT_MASK) !== 0) continue
        const base = v["rn"] ?? v["ln"] ?? 13
        if (!PURPOSES.pointers.includes(base) && !(base === 15 && !isStore)) continue
        const index = v["rm"] ?? v["lm"]
        if (index !== undefined && !PURPOSES.indexes.includes(index)) continue
      }
      this.#d.slots.word(instruction, word)
      return
    }
  }

  /** A store to GICD_SGIR, in one of its forms. */
  #raise(context = 0, condition = conditionOf(this.#random)): void {
    // STR; before and behind its base, with write-back of 0; STRT, STM, VSTR.
    const a32 = this.#random.pick([0x0586_7000, 0x05a6_7000, 0x0486_7000, 0x04a6_7000, 0x0886_0080, 0x0d86_0a00])
    const thumb = this.#random.pick([0x6037, 0xf8c6_7000, 0xf846_7f00, 0xf846_7b00, 0xf846_7e00, 0xed86_0a00])
    this.#either(condition * 2 ** 28 + a32, thumb)
    if (context !== 0) return
    // EOR of another number into the value.
    const change = 1 + this.#random.below(15)
    this.#either(0xe227_7000 + change, 0xf087_0700 + change)
  }

  /** CPSIE or CPSID, or MSR of CPSR.c. */
  #mask(): void {
    const bits = this.#random.pick([1, 2, 2, 3, 3])
    const enables = this.#random.chance(55)
    if (this.#random.chance(70)) {
      const wide = (enables ? 0xf3af_8400 : 0xf3af_8600) + bits * 0x20
      const narrow = (enables ? 0xb660 : 0xb670) + bits
      this.#either((enables ? 0xf108_0000 : 0xf10c_0000) + bits * 0x40, this.#random.chance(30) ? wide : narrow)
      return
    }
    const value = this.#mode | (this.#random.below(4) << 6)
    this.#d.slots.together(() => {
      if (this.#d.thumb) {
        this.#d.slots.add(4, () => 0xf04f_0000 + value)
        this.#d.slots.add(4, () => 0xf380_8100)
      } else this.#d.slots.add(4, () => conditionOf(this.#random) * 2 ** 28 + 0x0321_f000 + value)
    })
  }

  /** An IT block with stores to GICD_SGIR in it. */
  #block(): void {
    const choice = this.#d.choice("it")
    const it = choice && this.#d.draw(choice, "it")
    if (!choice || !it) return
    this.#d.slots.together(() => {
      this.#d.slots.word(choice.instruction, it)
      let context = it.word & 0xff
      while (context !== 0) {
        if (this.#random.chance(35)) this.#raise(context)
        else this.#harmless(this.#random.chance(70) ? "data" : "memory", context)
        context = (context & 7) === 0 ? 0 : (context & 0xe0) | ((context << 1) & 0x1f)
      }
    })
  }

  /** Either timer: its control, or a deadline in the past or far ahead. What else its registers read depends on the host. */
  #timer(): void {
    const isVirtual = this.#random.below(2)
    const both = (word: number): void => this.#either(word, word)
    const small = (value: number): void => this.#either(0xe3a0_0000 + value, 0xf04f_0000 + value)
    const part = this.#random.below(100)
    this.#d.slots.together(() => {
      if (part < 55) {
        // Mostly ENABLE without IMASK.
        small(this.#random.pick([0, 1, 1, 1, 2, 3]))
        both(0xee0e_0f32 + isVirtual)
      } else if (part < 70) {
        // The number of the next interrupts depends on what the control reads.
        both(0xee1e_0f32 + isVirtual)
        this.#either(0xe027_7000, 0xea87_0700)
      } else if (part < 80) {
        // TVAL of -1.
        this.#either(0xe3e0_0000, 0xf06f_0000)
        both(0xee0e_0f12 + isVirtual)
      } else {
        // CVAL, of 0 in r0 or with 0x7000_0000 in r1 as its high half, written and read back.
        small(0)
        if (this.#random.chance(30)) this.#either(0xe3a0_1207, 0xf04f_41e0)
        else this.#either(0xe3a0_1000, 0xf04f_0100)
        both(0xec41_0f2e + isVirtual * 0x10)
        both(0xec51_0f2e + isVirtual * 0x10)
      }
    })
  }

  /** A hint, or WFI while an interrupt is pending and masked, which does not wait (ARM DDI 0406C, B1.8.14). */
  #hint(): void {
    if (this.#random.chance(50) || this.#mode === USER) {
      // YIELD, WFE behind SEV, SEV.
      const hint = this.#random.pick([1, 2, 4])
      this.#d.slots.together(() => {
        for (const h of hint === 2 ? [4, 2] : [hint]) this.#either(0xe320_f000 + h, 0xbf00 + h * 0x10)
      })
      return
    }
    this.#d.slots.together(() => {
      this.#either(0xf10c_00c0, 0xb673)
      this.#raise(0xe0, 14)
      this.#either(0xe320_f003, 0xbf30)
    })
  }

  build(): Uint8Array {
    const { slots } = this.#d
    while (slots.count < LENGTH) {
      const part = this.#random.below(100)
      if (part < 40) this.#harmless("data")
      else if (part < 55) this.#harmless("memory")
      else if (part < 75) this.#raise()
      else if (part < 83) this.#mask()
      else if (part < 88) this.#d.branch()
      else if (part < 91) this.#either(conditionOf(this.#random) * 2 ** 28 + 0x0f00_0000, 0xdf00)
      else if (part < 94) this.#timer()
      else if (part < 96) this.#hint()
      else if (this.#d.thumb) this.#block()
    }
    // The next round. No branch skips the count, or the program would never end.
    slots.together(() => {
      this.#either(0xe254_4001, 0x3c01)
      slots.add(4, ({ here }) =>
        this.#d.thumb ? wideBranchNe(-here - 4) : 0x1a00_0000 + (((-here - 8) >> 2) & 0xff_ffff),
      )
    })
    // BKPT, wherever a branch forward ends.
    for (let n = 0; n < 20; n++) this.#either(0xe120_0070, 0xbe00)
    return slots.build()
  }
}

/** BNE.W backward, encoding T3 (ARM DDI 0406C, A8.8.18). */
const wideBranchNe = (offset: number): number =>
  (0xf440_a800 + (((offset >> 12) & 0x3f) << 16) + ((offset >> 1) & 0x7ff)) >>> 0

/** Draws an image of so many programs. */
export function interruptProgram(seed: number, programs: number): BoardProgram {
  const random = new Random(seed)
  const data = new Uint8Array(DATA_BYTES)
  random.fill(data)
  const segments = [
    { address: CODE, bytes: assemble(interruptHarness, CODE) },
    { address: DATA, bytes: data },
  ]
  const decks = new Decks(random.fork())
  const descriptors: number[] = []
  let address = PROGRAMS
  for (let n = 0; n < programs; n++) {
    const thumb = random.chance(60)
    const mode = random.pick([USER, SUPERVISOR, SUPERVISOR, SYSTEM])
    const bytes = new InterruptDrawer(random, thumb, mode, decks).build()
    segments.push({ address, bytes })
    const r = Array.from({ length: 13 }, () => (random.chance(50) ? random.below(64) : random.u32()))
    const pointer = (): number => DATA + DATA_BYTES / 4 + 8 * random.below(DATA_BYTES / 16)
    for (const register of PURPOSES.pointers) r[register] = pointer()
    for (const register of PURPOSES.indexes) r[register] = 4 * random.below(16)
    const sp = r.splice(13)[0]!
    r[ROUNDS] = 2 + random.below(3)
    r[SGIR] = 0x0800_0f00
    // The CPU itself (target list filter 2).
    const value = (): number => 0x0200_0000 + random.below(16)
    r[VALUE] = value()
    const masks = mode === USER ? 0 : random.below(4) << 6
    const flags = (random.u32() & 0xf80f_0000) >>> 0
    descriptors.push((flags | masks | mode | (thumb ? 0x20 : 0)) >>> 0, value(), sp, random.u32(), ...r, address)
    address += (bytes.length + 7) & ~7
  }
  descriptors.push(0)
  segments.push({ address: DESCRIPTORS, bytes: new Uint8Array(Uint32Array.from(descriptors).buffer) })
  return { segments, entry: CODE, records: { address: RECORDS, bytes: 16 << 20 } }
}
