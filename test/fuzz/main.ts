// `npm run fuzz -- [--arch arm|powerpc] --seed N --instructions N [--cpu cortex-a15|arm926] [--isa a32,thumb,vfp,…]`:
// random programs against QEMU.

import { parseArgs } from "node:util"
import { unavailable } from "../oracle/qemu.ts"
import { fuzz, type Stream, streamsOf } from "./fuzz.ts"
import type { FuzzModel } from "./image.ts"
import { fuzzPowerPc } from "./powerpc/fuzz.ts"
import { referenceLacks } from "./powerpc/reference.ts"
import { describeExcuses, describeFinding } from "./report.ts"

const models: readonly FuzzModel[] = ["cortex-a15", "arm926"]

function fail(message: string): never {
  process.stderr.write(`fuzz: ${message}\n`)
  process.exit(2)
}

function readOptions() {
  try {
    return parseArgs({
      options: {
        arch: { type: "string", default: "arm" },
        seed: { type: "string" },
        instructions: { type: "string", default: "1000000" },
        cpu: { type: "string", default: "cortex-a15" },
        isa: { type: "string" },
        findings: { type: "string", default: "1" },
      },
    }).values
  } catch (error) {
    fail((error as Error).message)
  }
}

function number(text: string, option: string): number {
  const value = Number(text.replaceAll("_", ""))
  if (!Number.isInteger(value) || value < 0) fail(`--${option} takes a number, not ${text}`)
  return value
}

const options = readOptions()
const seed = options.seed === undefined ? Math.floor(Math.random() * 2 ** 32) : number(options.seed, "seed")
const instructions = number(options.instructions, "instructions")
const maxFindings = number(options.findings, "findings")
const architectures: Readonly<Record<string, () => Promise<void> | void>> = { arm: fuzzArm, powerpc: fuzzPpc }
const run = architectures[options.arch] ?? fail(`--arch takes arm or powerpc, not ${options.arch}`)
await run()

async function fuzzArm(): Promise<void> {
  const why = unavailable()
  if (why) fail(`${why}: there is nothing to compare with`)
  const model =
    models.find((name) => name === options.cpu) ?? fail(`--cpu takes ${models.join(" or ")}, not ${options.cpu}`)
  const usual = streamsOf[model].join(",")
  const chosen = (options.isa ?? usual)
    .split(",")
    .map(
      (name): Stream =>
        streamsOf[model].find((stream) => stream === name) ?? fail(`--isa takes ${usual} for ${model}, not ${name}`),
    )
  process.stdout.write(`seed ${seed}, ${model}: ${chosen.join(", ")}\n`)

  let described = 0
  const result = await fuzz({
    seed,
    instructions,
    model,
    streams: chosen,
    maxFindings,
    progress: ({ instructions, compared, runs, elapsedMs, findings }) => {
      const rate = Math.round((instructions / elapsedMs) * 1000)
      process.stdout.write(
        `${instructions} instructions of ${runs} runs, ${compared} states with those around them, ${rate}/s${findings.length > 0 ? `, ${findings.length} findings` : ""}\n`,
      )
      for (; described < findings.length; described++)
        process.stdout.write(`\n${describeFinding(findings[described]!)}\n`)
    },
  })
  process.stdout.write(describeExcuses(result))
  if (result.findings.length > 0) {
    process.stdout.write(`\nagain: npm run fuzz -- --seed ${seed} --cpu ${model} --isa ${chosen.join(",")}\n`)
    process.exitCode = 1
  }
}

function fuzzPpc(): void {
  const why = referenceLacks()
  if (why) fail(`${why}: there is nothing to compare with`)
  process.stdout.write(`seed ${seed}, MPC7400\n`)
  const { findings, open } = fuzzPowerPc({
    seed,
    instructions,
    maxFindings,
    progress: ({ instructions, programs }) =>
      process.stdout.write(`${instructions} instructions of ${programs} programs\n`),
  })
  for (const [reason, times] of open) process.stdout.write(`${times} programs left: ${reason}\n`)
  for (const finding of findings) process.stdout.write(`\n${finding}\n`)
  if (findings.length > 0) {
    process.stdout.write(`\nagain: npm run fuzz -- --arch powerpc --seed ${seed}\n`)
    process.exitCode = 1
  }
}
