// The quickest tests of `cpu/arm` in one program, since starting Vitest takes longer than they do: the single
// instructions and the vectors, on the evaluator. The folder of those tests is the argument. Prints the first failure.

import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { differences, parseRecorded } from "../cpu/arm/single-cases.ts"
import { armTarget } from "../support/arm-target.ts"
import { parseVectors, runVector } from "../support/vectors.ts"

function* failures(folder: string): Generator<string> {
  const read = (name: string) => readFileSync(join(folder, name), "utf8")
  const { cases, wanted } = parseRecorded(read("single-expected.txt"))
  for (const [n, one] of cases.entries()) {
    for (const text of differences([one], [wanted[n]!])) yield `single.test.ts: ${text}`
  }
  const target = armTarget()
  const engine = target.engines.find(({ name }) => name === "evaluator")!
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".vec"))) {
    for (const vector of parseVectors(read(file), file)) {
      if (runVector(vector, target, engine).length > 0) yield `${file}: ${vector.title}`
    }
  }
}

const [first] = failures(process.argv[2]!)
process.stdout.write(first === undefined ? "passed" : `failed ${first}`)
