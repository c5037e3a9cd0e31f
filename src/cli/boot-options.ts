// The options of `emu boot`: what --help prints and the table in README.md holds.

import { PASSES } from "../../cpu/jit/passes/index.ts"
import { ENGINES } from "../engine.ts"
import { driveOptions } from "./drives.ts"
import { deviceOption } from "./plug-in.ts"
import { symbolsOption } from "./symbols.ts"

/** Architectures by the words that QEMU's commands are named by. */
export const ARCHITECTURE_WORDS = ["arm", "ppc"] as const

/** The word for an architecture. */
export type ArchitectureWord = (typeof ARCHITECTURE_WORDS)[number]

/** Options by name. `value` is the placeholder for the value in the table. */
export const bootOptions = {
  machine: {
    alias: "M",
    type: "string",
    value: "NAME",
    describe: "board: a name that emu machines lists, or a file of your own; picked by the image if not given",
  },
  arch: {
    type: "string",
    value: "NAME",
    choices: ARCHITECTURE_WORDS,
    describe: "architecture: arm or ppc; without an image, the one whose monitor starts (arm)",
  },
  device: deviceOption,
  cpu: { type: "string", value: "NAME", describe: "CPU model" },
  engine: {
    type: "string",
    value: "NAME",
    choices: ENGINES,
    default: "jit",
    describe: "jit, the default; interpreter, slower; evaluator, very slow: same results",
  },
  memory: { alias: "m", type: "string", value: "SIZE", describe: "RAM in MiB, or with K, M or G" },
  smp: { type: "number", value: "N", default: 1, describe: "CPUs; only 1 for now" },
  initrd: { type: "string", value: "FILE", describe: "initial RAM disk" },
  append: { type: "string", value: "TEXT", describe: "kernel command line" },
  dtb: { type: "string", value: "FILE", describe: "device tree blob, instead of the one made from the board" },
  bios: { type: "string", value: "FILE", describe: "firmware image to start instead of a kernel" },
  ...driveOptions,
  serial: {
    type: "string",
    value: "WHERE",
    default: "stdio",
    describe: "where the first serial port goes: stdio, none or file:PATH",
  },
  expect: {
    type: "string",
    value: "REGEX",
    array: true,
    nargs: 1,
    describe: "text that the console must show; repeatable, in order",
  },
  send: {
    type: "string",
    value: "TEXT",
    array: true,
    nargs: 1,
    describe: "text to type after each expected one; \\n is Return; repeatable",
  },
  "fail-on": {
    type: "string",
    value: "REGEX",
    array: true,
    nargs: 1,
    describe: "text that must not appear; repeatable",
  },
  panic: {
    type: "string",
    value: "WHAT",
    choices: ["fail", "ignore"] as const,
    describe: "what a kernel panic does: fail, the default in a test or where CI is set, ends with status 1; ignore",
  },
  action: {
    type: "string",
    value: "EVENT=WHAT",
    oneDash: true,
    describe: "QEMU's way to say it, as -action too: panic=exit-failure is --panic=fail",
  },
  timeout: {
    type: "number",
    value: "SECONDS",
    describe: "stop after that much time of the host, which includes loading",
  },
  "max-instructions": { type: "number", value: "N", describe: "stop after that many instructions" },
  "clock-rate": {
    type: "number",
    value: "N",
    describe: "instructions that make a second of guest time; 1e9 if not given",
  },
  "real-time": {
    type: "boolean",
    describe: "sleep while the guest idles, instead of skipping ahead; the default in a terminal",
  },
  semihosting: { type: "boolean", default: false, describe: "serve semihosting calls" },
  reboot: {
    type: "boolean",
    default: true,
    describe: "start the guest again when it resets, the default; --no-reboot ends the run",
  },
  screenshot: {
    type: "string",
    value: "FILE",
    describe: "write what the screen shows at the end as a PNG file",
  },
  stats: {
    type: "boolean",
    default: false,
    describe: "print counters at the end, and which translated code executed most",
  },
  "dump-region": {
    type: "string",
    value: "WHERE",
    array: true,
    nargs: 1,
    describe: "print what the JIT made of the code at an address or symbol+offset; repeatable",
  },
  "without-pass": {
    type: "string",
    value: "NAME",
    array: true,
    nargs: 1,
    choices: PASSES.map(({ name }) => name),
    describe: "leave out a pass of the JIT, to see what it does; repeatable",
  },
  symbols: symbolsOption,
  trace: {
    type: "string",
    value: "WHAT",
    array: true,
    nargs: 1,
    choices: ["devices", "notes"],
    describe:
      "devices: print what the guest does wrong with the board's parts; notes: what was loaded where; repeatable",
  },
} as const
