// Random programs that interrupt themselves by software-generated interrupts of the GIC, with the handlers that record them.
//
// The store to GICD_SGIR makes the interrupt pending (ARM IHI 0048B, 4.3.15). The CPU takes it before the next instruction, or, if
// it is masked, behind the instruction that unmasks it. Interrupts 0 to 7 are in group 0 and come as FIQs, the others as IRQs.

import { allValues } from "../../cpu/isa/encode.ts"
import { assemble } from "../guests/programs.ts"
import { Random } from "../support/random.ts"
import { type BoardProgram, RAM_BASE } from "./board-run.ts"
import { Drawer } from "./draw.ts"
import { Decks, mnemonicOf } from "./pools.ts"
import { Slots } from "./slots.ts"

/** Registers of programs: pointers to data, small offsets, rounds left, address of GICD_SGIR, value for it. */
const PURPOSES = { pointers: [2, 9, 13], indexes: [5, 11] }
const [ROUNDS, SGIR, VALUE] = [4, 6, 7]
const KEPT = [...PURPOSES.pointers, ...PURPOSES.indexes, ROUNDS, SGIR, VALUE]
const KEPT_MASK = KEPT.reduce((mask, register) => mask | (1 << register), 0)

const CODE = RAM_BASE + 0x10_0000
const PROGRAMS = RAM_BASE + 0x20_0000
const DESCRIPTORS = RAM_BASE + 0x60_0000
const DATA = RAM_BASE + 0x70_0000
const DATA_BYTES = 0x1_0000
const RECORDS = RAM_BASE + 0x80_0000
const LENGTH = 40

const USER = 0x10
const SUPERVISOR = 0x13
const SYSTEM = 0x1f

/** Words of a record: kind and interrupt, link, SPSR, then r0 to r12, then sp and lr of user and supervisor mode. */
export const RECORD_WORDS = 20

const harness = `
        b     start
        b     undefined
        b     supervisor
        b     prefetch
        b     data
        b     .
        b     irq
fiq:    sub   lr, lr, #4
        push  {r0, r1, r2, lr}
        ldr   r0, =0xf1
        b     record
irq:    sub   lr, lr, #4
        push  {r0, r1, r2, lr}
        ldr   r0, =0x11
record:                               @ kind in r0
        ldr   r1, =0x08010000
        ldr   r2, [r1, #0xc]          @ GICC_IAR
        orr   r0, r0, r2, lsl #16
        str   r2, [r1, #0x10]         @ GICC_EOIR
        mov   r2, #0
        mcr   p15, 0, r2, c14, c2, 1  @ CNTP_CTL
        mcr   p15, 0, r2, c14, c3, 1  @ CNTV_CTL
        bl    write
        pop   {r0, r1, r2, lr}
        movs  pc, lr
write:                                @ r0 is the kind; sp points at r0, r1, r2 and the link
        push  {r3, lr}
        ldr   r1, =cursor
        ldr   r2, [r1]
        str   r0, [r2], #4
        ldr   r0, [sp, #20]
        str   r0, [r2], #4
        mrs   r0, spsr
        str   r0, [r2], #4
        ldr   r0, [sp, #8]
        str   r0, [r2], #4
        ldr   r0, [sp, #12]
        str   r0, [r2], #4
        ldr   r0, [sp, #16]
        str   r0, [r2], #4
        stm   r2, {r3-r12}
        add   r2, r2, #40
        stm   r2, {sp, lr}^
        add   r2, r2, #8
        mrs   r3, cpsr
        cps   #0x13
        str   sp, [r2], #4
        str   lr, [r2], #4
        msr   cpsr_c, r3
        str   r2, [r1]
        pop   {r3, pc}

@ A call of the supervisor raises an interrupt, which is masked until the return.
supervisor:
        str   r7, [r6]
        movs  pc, lr

@ The end of a program. The interrupts that are left come now.
undefined:
        push  {r0, r1, r2, lr}
        ldr   r0, =0x0d
        b     finish
prefetch:
        push  {r0, r1, r2, lr}
        ldr   r0, =0x0e
        b     finish
data:   push  {r0, r1, r2, lr}
        ldr   r0, =0x0f
finish: bl    write
        pop   {r0, r1, r2, lr}
        cps   #0x13
        cpsie if
        nop
        nop
        nop
        cpsid if
        b     next

start:  cpsid if
        ldr   r0, =${CODE}
        mcr   p15, 0, r0, c12, c0, 0  @ VBAR
        mov   r0, #0xf00000
        mcr   p15, 0, r0, c1, c0, 2   @ CPACR
        isb
        mov   r0, #0x40000000
        vmsr  fpexc, r0
        ldr   r1, =${DATA - 0x1_0000}
        cps   #0x11
        add   sp, r1, #0x1000
        ldr   r8, =0x88888888
        mov   r9, r8
        mov   r10, r8
        mov   r11, r8
        mov   r12, r8
        cps   #0x12
        add   sp, r1, #0x2000
        cps   #0x17
        add   sp, r1, #0x3000
        cps   #0x1b
        add   sp, r1, #0x4000
        cps   #0x13
        ldr   r1, =0x08000000
        ldr   r0, =0x0800ff00
        str   r0, [r1, #0x80]         @ GICD_IGROUPR0
        ldr   r0, =0x60304050
        str   r0, [r1, #0x400]        @ GICD_IPRIORITYR
        str   r0, [r1, #0x404]
        ldr   r0, =0x70205060
        str   r0, [r1, #0x408]
        str   r0, [r1, #0x40c]
        ldr   r0, =0x50a06070
        str   r0, [r1, #0x418]
        str   r0, [r1, #0x41c]
        mov   r0, #0x48000000
        str   r0, [r1, #0x100]        @ GICD_ISENABLER0: the timers
        mov   r0, #3
        str   r0, [r1]                @ GICD_CTLR
        add   r1, r1, #0x10000
        mov   r0, #0xff
        str   r0, [r1, #4]            @ GICC_PMR
        mov   r0, #0xf                @ both groups, AckCtl, FIQEn
        str   r0, [r1]                @ GICC_CTLR
        ldr   r0, =0x303
        mcr   p15, 0, r0, c14, c1, 0  @ CNTKCTL: timers for user mode
        mov   r0, #0
        mcrr  p15, 2, r0, r0, c14     @ CNTP_CVAL
        mcrr  p15, 3, r0, r0, c14     @ CNTV_CVAL
next:   ldr   r1, =descriptor
        ldr   lr, [r1]
        ldr   r0, [lr]
        cmp   r0, #0
        beq   done
        add   r2, lr, #72
        str   r2, [r1]
        msr   spsr_fsxc, r0
        ldr   r0, [lr, #4]
        vmov  s0, r0
        ldr   r1, [lr, #8]
        ldr   r2, [lr, #12]
        mov   sp, r1
        cps   #0x1f
        mov   sp, r1
        mov   lr, r2
        cps   #0x13
        add   lr, lr, #16
        ldm   lr, {r0-r12, pc}^
@ A record of nothing, then the data.
done:   ldr   r1, =cursor
        ldr   r1, [r1]
        add   r1, r1, #${4 * RECORD_WORDS}
        ldr   r2, =${DATA}
        ldr   r3, =${DATA_BYTES / 32}
copy:   ldm   r2!, {r4-r11}
        stm   r1!, {r4-r11}
        subs  r3, r3, #1
        bne   copy
        ldr   r0, =0x84000008         @ PSCI SYSTEM_OFF
        hvc   #0
        b     .
        .balign 4
cursor: .word ${RECORDS}
descriptor: .word ${DESCRIPTORS}
        .pool`

/** The condition field of an A32 instruction: mostly always. */
const conditionOf = (random: Random): number => (random.chance(60) ? 14 : random.below(14))

/** A drawer of one program, whose mode decides which of its pieces have an effect. */
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
    { address: CODE, bytes: assemble(harness, CODE) },
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
