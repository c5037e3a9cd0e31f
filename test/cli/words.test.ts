// What the command line may look like: each option in one spelling for the parser, and one line for what is none.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import { type OptionTable, spell } from "../../src/cli/words.ts"
import { runShell } from "./built-emu.ts"
import { runCommand } from "./run-emu.ts"
import { printer } from "./small-guests.ts"

const folder = mkdtempSync(join(tmpdir(), "emu-words-"))
afterAll(() => rmSync(folder, { recursive: true }))

describe("a word", () => {
  it.each<[what: string, words: string[], says: RegExp]>([
    ["an option of QEMU", ["-nographic"], /no option -nographic \(leave it out/],
    ["another", ["-kernel", "x"], /no option -kernel \(name the image without an option: emu boot IMAGE\)/],
    ["a long option with one dash", ["-machine", "virt"], /-machine is no option; write --machine/],
    ["another with its value", ["-initrd=x"], /-initrd is no option; write --initrd/],
    ["a third", ["-append", "x"], /-append is no option; write --append/],
    ["letters together", ["-Mm"], /no option -Mm/],
    ["another action", ["-action", "reboot=shutdown"], /--action takes panic=exit-failure, not reboot=shutdown/],
    ["an action without its value", ["-action"], /--action is given without its value/],
    ["a contradiction", ["--panic", "ignore", "-action", "panic=exit-failure"], /contradict/],
    ["a way to panic that is none", ["--panic=maybe"], /panic.*maybe/],
    ["a dot", ["--memory.x", "5"], /no option --memory\.x/],
    ["a dot in a repeatable option", ["--expect.x=1"], /no option --expect\.x=1/],
    ["a dot behind a choice", ["--machine.x=1"], /no option --machine\.x=1/],
    ["the prototype", ["--__proto__"], /no option --__proto__/],
    ["the prototype's member", ["--__proto__.x=1"], /no option --__proto__\.x=1/],
    ["a constructor", ["--constructor=1"], /no option --constructor/],
    ["a constructor that is negated", ["--no-constructor"], /no option --no-constructor/],
    ["a method", ["--toString"], /no option --toString/],
    ["a member of the parser", ["--_=1"], /no option --_=1/],
    ["another", ["--$0=1"], /no option --\$0=1/],
    ["an operand as an option", ["--image=x"], /no option --image=x/],
    ["a hidden option", ["--get-yargs-completions"], /no option --get-yargs/],
    ["no name", ["--="], /no option --=/],
    ["no name but a value", ["--=x"], /no option --=x/],
    ["no letter", ["-="], /no option -=/],
    ["three dashes", ["---"], /no option ---/],
    ["three dashes and a name", ["---stats"], /no option ---stats/],
    ["a number", ["-5"], /no option -5/],
    ["no name to negate", ["--no-"], /no option --no-/],
    ["a double negation", ["--no-no-reboot"], /no option --no-no-reboot/],
    ...["machine", "memory", "expect", "send", "fail-on", "append", "device", "timeout", "smp", "trace", "cpu"].map(
      (name): [string, string[], RegExp] => [
        `${name} negated`,
        [`--no-${name}`],
        new RegExp(`--no-${name} is no option: only switches`),
      ],
    ),
    ["the help negated", ["--no-help"], /--no-help is no option/],
    ["a negated switch with a value", ["--no-reboot=false"], /--no-reboot takes no value/],
    ["a switch with a value", ["--stats=5"], /--stats takes no value, or true or false, not "5"/],
    ["the help with a value", ["--help=5"], /--help takes no value/],
    ["a letter without its value", ["-m"], /--memory is given without its value\.$/],
    ["a value that is an option", ["--append", "--stats"], /--append is given without its value; if --stats is/],
    ["a value that is the end", ["--append", "--", "x"], /--append is given without its value\.$/],
    ["an empty number", ["--timeout", ""], /--timeout takes a number/],
    ["an empty number behind =", ["--timeout="], /--timeout takes a number/],
    ["a blank number", ["--max-instructions", " "], /--max-instructions takes a whole number/],
    ["a negative number", ["--timeout=-1"], /--timeout takes a number/],
    ["a negative number behind it", ["--timeout", "-1"], /--timeout takes a number/],
    ["no number", ["--timeout=NaN"], /--timeout takes a number/],
    ["no end", ["--timeout=1e999"], /--timeout takes a number/],
    ["memory beyond numbers", ["--memory", "1e99"], /no size of memory/],
    ["memory without a number", ["--memory="], /no size of memory/],
    ["memory with a letter too many", ["-m512x"], /"512x" is no size of memory/],
    ["a line feed", ["--a\nb"], /no option --a\\x0ab/],
    ["an escape sequence", ["--\x1b[2J"], /no option --\\x1b\[2J/],
    ["a choice without a word", ["--engine="], /engine/],
    ["a repeatable choice without a word", ["--trace="], /trace/],
    ["an option given twice", ["--timeout", "1", "--timeout", "2"], /--timeout is given more than once/],
    ["an option given by name and letter", ["-m1", "--memory=2"], /--memory is given more than once/],
    ["an option of another command", ["--hex", "0"], /hex/],
  ])("is told in one line: %s", async (_, words, says) => {
    const { error, out } = await runCommand("boot", ...words)
    expect(error?.message).toMatch(says)
    expect(error?.name).toMatch(/^(?:ImageError|UsageError)$/)
    expect(error?.message).toMatch(/^[\x20-\x7e]+$/)
    expect(out).toBe("")
  })

  it.each([
    ["dis", "--no-hex"],
    ["dis", "--hex.x=1"],
    ["asm", "--no-e"],
    ["asm", "-e.x=1"],
    ["describe", "virt", "--no-device"],
    ["diff", "x", "--no-steps"],
    ["machines", "--no-x"],
    ["--frob", "boot"],
    ["", "x"],
  ])("is told in one line for other commands: %s %s", async (...words) => {
    const { error } = await runCommand(...words)
    expect(error?.name).toBe("UsageError")
    expect(error?.message).toMatch(/^[\x20-\x7e]+$/)
  })
})

describe("an option", () => {
  const table: OptionTable = {
    memory: { alias: "m", type: "string" },
    expect: { type: "string", array: true },
    stats: { type: "boolean" },
    e: { type: "string", array: true },
    action: { type: "string", oneDash: true },
  }

  it.each([
    [["-m", "5"], ["--memory=5"]],
    [["-m512"], ["--memory=512"]],
    [["-m=512"], ["--memory=512"]],
    [["--memory", "-5"], ["--memory=-5"]],
    [["--memory=a=b"], ["--memory=a=b"]],
    [["--expect=--stats"], ["--expect=--stats"]],
    [
      ["--expect", "a b\n", "x"],
      ["--expect=a b\n", "x"],
    ],
    [
      ["--expect", "", "x"],
      ["--expect", "", "x"],
    ],
    [["--expect="], ["--expect", ""]],
    [
      ["--stats", "true"],
      ["--stats=true", "true"],
    ],
    [["--no-stats"], ["--stats=false"]],
    [["-e", "nop"], ["--e=nop"]],
    [["-action", "x=y"], ["--action=x=y"]],
    [
      ["a", "-", "--", "-x", "--memory", "-", "b"],
      ["a", "-", "./-x", "./--memory", "-", "b"],
    ],
  ])("is spelled in one way: %j", (words, spelled) => {
    expect(spell(words, table)).toEqual(spelled)
  })
})

describe("what follows --", () => {
  it("is the image, even where its name begins with a dash", async () => {
    writeFileSync(join(folder, "-kernel.elf"), printer("booted\n"))
    const line = `cd "$1"; emu boot -M virt --engine evaluator -- -kernel.elf`
    expect(await runShell(line, folder)).toMatchObject({ status: 0, out: "booted\n", err: "" })
    expect((await runShell("emu boot -- nowhere.img")).err).toBe(
      "emu: The image nowhere.img cannot be read: no such file.\n",
    )
  })
})

describe("a name with control characters", () => {
  it("is printed in one line, escaped", async () => {
    const { status, err } = await runShell(`emu boot $'a\\n\\e[2Jb'`)
    expect([status, err]).toEqual([2, "emu: The image a\\x0a\\x1b[2Jb cannot be read: no such file.\n"])
  })
})
