// Instructions that call software of another level, and waiting for interrupts (ARM DDI 0406C, A8.8.24 BKPT, A8.8.228
// SVC, A8.8.247 UDF, A8.8.424 WFE, A8.8.425 WFI, B9.3.4 HVC, B9.3.14 SMC; "Semihosting for AArch32 and AArch64").

import type { Builder, Node, Operand } from "../../ir/index.ts"
import { a32, t16, t32 } from "../encoding.ts"
import { raiseDebugEvent } from "../exceptions.ts"
import { isUser } from "../system/modes.ts"
import { hypercall, semihosting } from "../system/system.ts"
import { inItBlock, notLastInItBlock } from "../unpredictable.ts"

const callSupervisor = (b: Builder): void => b.raise("svc")

/** A call that the host may take for semihosting. */
function semihosted(b: Builder, otherwise: (b: Builder) => void): void {
  b.if(b.eqz(b.call(semihosting)), () => otherwise(b))
}

export const svc = [
  a32({ name: "svc{cond}", bits: "cond 1111 imm24", args: "imm24", semantics: callSupervisor }),
  a32({
    name: "svc{cond}",
    bits: "cond 1111 000100100011010001010110",
    args: "#0x123456",
    semantics: (b) => semihosted(b, callSupervisor),
  }),
  t16({
    name: "svc{cond}",
    bits: "11011111 imm8",
    args: "imm8",
    unpredictable: notLastInItBlock,
    semantics: callSupervisor,
  }),
  t16({
    name: "svc{cond}",
    bits: "1101111110101011",
    args: "#0xab",
    unpredictable: notLastInItBlock,
    semantics: (b) => semihosted(b, callSupervisor),
  }),
]

export const bkpt = [
  a32({ name: "bkpt", bits: "111000010010 imm12 0111 imm4", args: "immediate12x4", semantics: raiseDebugEvent }),
  t16({ name: "bkpt", bits: "10111110 imm8", args: "imm8", unguarded: true, semantics: raiseDebugEvent }),
  t16({
    name: "bkpt",
    bits: "1011111010101011",
    args: "#0xab",
    unguarded: true,
    semantics: (b) => semihosted(b, raiseDebugEvent),
  }),
]

const undefinedInstruction = (b: Builder): void => b.raise("undefined")

export const udf = [
  a32({ name: "udf", bits: "111001111111 imm12 1111 imm4", args: "immediate12x4", semantics: undefinedInstruction }),
  t16({ name: "udf{cond}", bits: "11011110 imm8", args: "imm8", semantics: undefinedInstruction }),
  t32({
    name: "udf{cond}.w",
    bits: "111101111111 imm4 1010 imm12",
    args: "immediate4x12",
    feature: "v6t2",
    semantics: undefinedInstruction,
  }),
]

/** HVC and SMC: firmware that the host serves, or undefined instructions. */
function callFirmware(b: Builder, smc: 0 | 1, immediate: Node): void {
  b.if(
    isUser(b),
    () => b.raise("undefined"),
    () => {
      b.if(b.eqz(b.call(hypercall, b.i32(smc), immediate)), () => b.raise("undefined"))
    },
  )
}

const callHypervisor = (b: Builder, f: { immediate: Operand }) => callFirmware(b, 0, b.imm(f.immediate))

export const hvc = [
  a32({
    name: "hvc",
    bits: "111000010100 imm12 0111 imm4",
    args: "immediate12x4",
    feature: "v7",
    semantics: (b, f) => callHypervisor(b, { immediate: f.immediate12x4 }),
  }),
  t32({
    name: "hvc",
    bits: "111101111110 imm4 1000 imm12",
    args: "immediate4x12",
    feature: "v7",
    unpredictable: inItBlock,
    semantics: (b, f) => callHypervisor(b, { immediate: f.immediate4x12 }),
  }),
]

export const smc = [
  a32({
    name: "smc{cond}",
    bits: "cond 00010110 (000000000000) 0111 imm4",
    args: "imm4",
    feature: "v6k",
    semantics: (b, f) => callFirmware(b, 1, b.imm(f.imm4)),
  }),
  t32({
    name: "smc{cond}",
    bits: "111101111111 imm4 1000 (000000000000)",
    args: "imm4",
    feature: "v6k",
    unpredictable: notLastInItBlock,
    semantics: (b, f) => callFirmware(b, 1, b.imm(f.imm4)),
  }),
]

const waitForInterrupt = (b: Builder): void => b.exit("wait")

export const wfi = [
  a32({
    name: "wfi{cond}",
    bits: "cond 001100100000 (1111) (0000) 00000011",
    feature: "v6k",
    semantics: waitForInterrupt,
  }),
  t16({ name: "wfi{cond}", bits: "1011111100110000", feature: "v6t2", semantics: waitForInterrupt }),
  t32({
    name: "wfi{cond}.w",
    bits: "111100111010 (1111) 10 (0) 0 (0) 00000000011",
    feature: "v6t2",
    semantics: waitForInterrupt,
  }),
]

/** WFE may end at any time; it ends at once. */
const waitForEvent = () => {}

export const wfe = [
  a32({
    name: "wfe{cond}",
    bits: "cond 001100100000 (1111) (0000) 00000010",
    feature: "v6k",
    semantics: waitForEvent,
  }),
  t16({ name: "wfe{cond}", bits: "1011111100100000", feature: "v6t2", semantics: waitForEvent }),
  t32({
    name: "wfe{cond}.w",
    bits: "111100111010 (1111) 10 (0) 0 (0) 00000000010",
    feature: "v6t2",
    semantics: waitForEvent,
  }),
]
