// Instructions that call software of another level, and waiting for interrupts (ARM DDI 0406C, A8.8.24 BKPT, A8.8.228
// SVC, A8.8.247 UDF, A8.8.424 WFE, A8.8.425 WFI, B9.3.4 HVC, B9.3.14 SMC; "Semihosting for AArch32 and AArch64").

import type { Builder, Node, Operand } from "../../ir/index.ts"
import { a32, t16, t32 } from "../encoding.ts"
import { raiseDebugEvent } from "../exceptions.ts"
import { isUser } from "../system/modes.ts"
import { hypercall, semihosting } from "../system/system.ts"
import { inItBlock, notLastInItBlock } from "../unpredictable.ts"
import { hint } from "./hints.ts"

const callSupervisor = (b: Builder): void => b.raise("svc")

/** A call that the host may take for semihosting. */
function semihosted(b: Builder, otherwise: (b: Builder) => void): void {
  b.if(b.eqz(b.call(semihosting)), () => otherwise(b))
}

/** SVC: calls the supervisor; one number calls the host, for semihosting. A8.8.228 */
export const svc = [
  a32({
    encoding: "A1, any number",
    section: "A8.8.228",
    name: "svc{cond}",
    bits: "cond 1111 imm24",
    args: "imm24",
    semantics: callSupervisor,
  }),
  a32({
    encoding: "A1, semihosting",
    section: "A8.8.228",
    name: "svc{cond}",
    bits: "cond 1111 000100100011010001010110",
    args: "#0x123456",
    semantics: (b) => semihosted(b, callSupervisor),
  }),
  t16({
    encoding: "T1, any number",
    section: "A8.8.228",
    name: "svc{cond}",
    bits: "11011111 imm8",
    args: "imm8",
    unpredictable: notLastInItBlock,
    semantics: callSupervisor,
  }),
  t16({
    encoding: "T1, semihosting",
    section: "A8.8.228",
    name: "svc{cond}",
    bits: "1101111110101011",
    args: "#0xab",
    unpredictable: notLastInItBlock,
    semantics: (b) => semihosted(b, callSupervisor),
  }),
]

/** BKPT: a debug event; one number calls the host, for semihosting. A8.8.24 */
export const bkpt = [
  a32({
    encoding: "A1",
    section: "A8.8.24",
    name: "bkpt",
    bits: "111000010010 imm12 0111 imm4",
    args: "immediate12x4",
    semantics: raiseDebugEvent,
  }),
  t16({
    encoding: "T1, any number",
    section: "A8.8.24",
    name: "bkpt",
    bits: "10111110 imm8",
    args: "imm8",
    unguarded: true,
    semantics: raiseDebugEvent,
  }),
  t16({
    encoding: "T1, semihosting",
    section: "A8.8.24",
    name: "bkpt",
    bits: "1011111010101011",
    args: "#0xab",
    unguarded: true,
    semantics: (b) => semihosted(b, raiseDebugEvent),
  }),
]

const undefinedInstruction = (b: Builder): void => b.raise("undefined")

/** UDF: an undefined instruction for ever. A8.8.247 */
export const udf = [
  a32({
    encoding: "A1",
    section: "A8.8.247",
    name: "udf",
    bits: "111001111111 imm12 1111 imm4",
    args: "immediate12x4",
    semantics: undefinedInstruction,
  }),
  t16({
    encoding: "T1",
    section: "A8.8.247",
    name: "udf{cond}",
    bits: "11011110 imm8",
    args: "imm8",
    semantics: undefinedInstruction,
  }),
  t32({
    encoding: "T2",
    section: "A8.8.247",
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

/** HVC: calls the hypervisor: firmware that the host serves. B9.3.4 */
export const hvc = [
  a32({
    encoding: "A1",
    section: "B9.3.4",
    name: "hvc",
    bits: "111000010100 imm12 0111 imm4",
    args: "immediate12x4",
    feature: "v7",
    semantics: (b, f) => callHypervisor(b, { immediate: f.immediate12x4 }),
  }),
  t32({
    encoding: "T1",
    section: "B9.3.4",
    name: "hvc",
    bits: "111101111110 imm4 1000 imm12",
    args: "immediate4x12",
    feature: "v7",
    unpredictable: inItBlock,
    semantics: (b, f) => callHypervisor(b, { immediate: f.immediate4x12 }),
  }),
]

/** SMC: calls the secure monitor: firmware that the host serves. B9.3.14 */
export const smc = [
  a32({
    encoding: "A1",
    section: "B9.3.14",
    name: "smc{cond}",
    bits: "cond 00010110 (000000000000) 0111 imm4",
    args: "imm4",
    feature: "v6k",
    semantics: (b, f) => callFirmware(b, 1, b.imm(f.imm4)),
  }),
  t32({
    encoding: "T1",
    section: "B9.3.14",
    name: "smc{cond}",
    bits: "111101111111 imm4 1000 (000000000000)",
    args: "imm4",
    feature: "v6k",
    unpredictable: notLastInItBlock,
    semantics: (b, f) => callFirmware(b, 1, b.imm(f.imm4)),
  }),
]

/** WFI: waits for an interrupt. A8.8.425 */
export const wfi = hint("wfi", "A8.8.425", "0011", (b) => b.exit("wait"))

/** WFE: waits for an event, which may come at any time: it comes at once. A8.8.424 */
export const wfe = hint("wfe", "A8.8.424", "0010")
