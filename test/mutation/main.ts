// `npm run mutate -- --count N --seed N`: plants single changes in the semantics of cpu/arm and tells which of them the
// tests catch.

import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs"
import { availableParallelism, tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { Random } from "../support/random.ts"
import { type Change, type Point, pointsOf } from "./changes.ts"
import { Copy, type Verdict } from "./copy.ts"
import { readSources } from "./semantics.ts"
import { STAGES, stagesFor } from "./stages.ts"

const PROJECT = resolve(fileURLToPath(import.meta.url), "../../..")

/** The test that failed, and why. */
type Caught = { readonly by: string; readonly message: string }

/** The fate of a change: the test that caught it, or the stages that it survived. */
type Result = Change & {
  readonly number: number
  readonly caught?: Caught
  readonly survived?: number
  seconds: number
}

function fail(message: string): never {
  process.stderr.write(`mutate: ${message}\n`)
  process.exit(2)
}

function number(text: string, option: string, least: number): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < least) fail(`--${option} takes a number from ${least} on, not ${text}`)
  return value
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        seed: { type: "string", default: "1" },
        count: { type: "string", default: "200" },
        workers: { type: "string", default: "1" },
        stages: { type: "string", default: String(STAGES) },
        only: { type: "string" },
        list: { type: "boolean", default: false },
        "no-baseline": { type: "boolean", default: false },
        folder: { type: "string" },
      },
    })
    return values
  } catch (error) {
    fail((error as Error).message)
  }
}

/** A change at each of `count` points, in the order in which they are drawn. */
function draw(points: readonly Point[], count: number, seed: number): Change[] {
  const random = new Random(seed)
  const left = [...points]
  return Array.from({ length: Math.min(count, left.length) }, () => {
    const [point] = left.splice(random.below(left.length), 1)
    return random.pick(point!.changes)
  })
}

const short = (text: string) => text.replace(/\s+/g, " ").slice(0, 60)
const describe = (c: Change) => `${c.path}:${c.line}: ${short(c.before)} → ${short(c.after)}`

/** Minutes that the quickest tests may take on a busy host. */
const QUICK_MINUTES = 3

/** Runs the stages on the change that is planted; "timeout" must happen twice. */
async function judge(copy: Copy, path: string, from: number, to: number): Promise<Caught | undefined> {
  for (const [n, stage] of stagesFor(path).entries()) {
    if (n < from || n >= to) continue
    const run = (): Promise<Verdict> => (stage === "quick" ? copy.quick(QUICK_MINUTES) : copy.test(stage))
    let verdict = await run()
    // What a busy host may have done is looked at once more.
    if (verdict === "timeout" || (verdict !== "passed" && /timed? ?out|stalled|ENOMEM/i.test(verdict.message)))
      verdict = await run()
    if (verdict === "timeout") return { by: `stage ${n}`, message: "does not end" }
    if (verdict !== "passed") return { by: verdict.failed, message: verdict.message.slice(0, 4000) }
  }
  return undefined
}

const options = readOptions()
const seed = number(options.seed, "seed", 0)
const stages = number(options.stages, "stages", 1)
const workers = number(options.workers, "workers", 1)
if (workers > availableParallelism()) fail(`--workers takes at most ${availableParallelism()}`)

const points = pointsOf(readSources(PROJECT, (path) => path.startsWith("cpu/arm/")))
const changes = draw(points, number(options.count, "count", 1), seed)
if (options.list) {
  for (const [n, change] of changes.entries()) process.stdout.write(`${n} ${describe(change)}\n`)
  process.exit(0)
}

const folder = resolve(options.folder ?? join(tmpdir(), `emu-mutation-${seed}`))
mkdirSync(folder, { recursive: true })
const log = join(folder, "results.jsonl")
const known = new Map<number, Result>()
if (existsSync(log)) {
  for (const line of readFileSync(log, "utf8")
    .split("\n")
    .filter((text) => text !== "")) {
    const result = JSON.parse(line) as Result
    const same = changes[result.number]
    if (same && describe(same) === describe(result)) known.set(result.number, result)
  }
}
process.stdout.write(`${points.length} points, ${changes.length} changes (seed ${seed}), results in ${log}\n`)

const chosen = options.only?.split(",").map((text) => number(text, "only", 0))
const isDone = (n: number) => {
  const result = known.get(n)
  return result !== undefined && (result.caught !== undefined || result.survived! >= stages)
}
const waiting = [...changes.keys()].filter((n) => (chosen ? chosen.includes(n) : !isDone(n)))
let next = 0

async function work(worker: number): Promise<void> {
  const copy = new Copy(PROJECT, join(folder, `copy-${worker}`))
  if (worker === 0 && !options["no-baseline"]) {
    const failed = await judge(copy, "", 0, stages)
    if (failed) fail(`without any change, this fails: ${failed.by}\n${failed.message}`)
    process.stdout.write("without any change, all tests pass\n")
  }
  while (next < waiting.length) {
    const n = waiting[next++]!
    const change = changes[n]!
    const began = performance.now()
    const from = chosen ? 0 : (known.get(n)?.survived ?? 0)
    const caught = await copy.with(change, () => judge(copy, change.path, from, stages))
    const seconds = Math.round((performance.now() - began) / 100) / 10
    const result: Result = {
      number: n,
      ...change,
      ...(caught === undefined ? { survived: stages } : { caught }),
      seconds,
    }
    known.set(n, result)
    appendFileSync(log, `${JSON.stringify(result)}\n`)
    process.stdout.write(`${n} ${caught === undefined ? "SURVIVED" : "caught"} in ${seconds} s: ${describe(change)}\n`)
    if (caught !== undefined) process.stdout.write(`    ${short(caught.by)}\n`)
  }
}

await Promise.all(Array.from({ length: workers }, (_, n) => work(n)))

const results = [...known.values()].sort((x, y) => x.number - y.number)
const survivors = results.filter(({ caught }) => caught === undefined)
process.stdout.write(`\n${results.length - survivors.length} of ${results.length} caught; survivors:\n`)
for (const survivor of survivors) process.stdout.write(`${survivor.number} ${describe(survivor)}\n`)
