// The monitor's prompt and its commands, except those with a module of their own.

import { commandTexts } from "../shared.ts"
import { enter, leave } from "./frame.ts"

/** `prompt`, `run_line` and the table of commands. */
export const commands = String.raw`
prompt:
    addi    r3, r2, hint-BASE
    bl      print
1:  addi    r3, r2, prompt_text-BASE
    bl      print
    bl      read_line
    bl      run_line
    b       1b

# Executes the commands in the text r3. Returns the number of failures in r3.
run_line:
${enter}    mr      r31, r3
    li      r30, 0
1:  lbz     r3, 0(r31)
    cmpwi   r3, 0
    beq     6f
    cmpwi   r3, 32
    bne     2f
    addi    r31, r31, 1
    b       1b
2:  addi    r29, r2, command_table-BASE
3:  lwz     r4, 0(r29)
    cmpwi   r4, 0
    beq     4f
    mr      r3, r31
    bl      matches
    cmpwi   r3, 0
    addi    r29, r29, 12
    beq     3b
    lwz     r3, -8(r29)
    mtctr   r3
    bctrl
    add     r30, r30, r3
    bl      skip_word
    b       1b
4:  addi    r3, r2, unknown_text-BASE   # the word is printed without what follows it
    bl      print
    mr      r29, r31
    bl      skip_word
5:  lbz     r3, 0(r29)
    addi    r29, r29, 1
    bl      put
    cmplw   r29, r31
    blt     5b
    addi    r3, r2, unknown_help-BASE
    bl      print
    addi    r30, r30, 1
    b       1b
6:  mr      r3, r30
${leave}
# Moves r31 to the end of the word that it points to.
skip_word:
    lbz     r3, 0(r31)
    cmpwi   r3, 0
    beqlr
    cmpwi   r3, 32
    beqlr
    addi    r31, r31, 1
    b       skip_word

help:
${enter}    addi    r31, r2, command_table-BASE
1:  lwz     r4, 0(r31)
    lwz     r5, 8(r31)
    cmpwi   r4, 0
    li      r3, 0
    beq     2f
    addi    r3, r2, help_format-BASE
    bl      print
    addi    r31, r31, 12
    b       1b
2:
${leave}
show_ticks:
${enter}    li      r0, 1
    sc
    mr      r4, r3
    li      r6, TICK_RATE
    divwu   r5, r4, r6
    mullw   r6, r5, r6
    subf    r31, r6, r4                 # hundredths of a second
    addi    r3, r2, ticks_format-BASE
    bl      print
    bl      read_clock
    mr      r6, r3
    li      r5, 10
    divwu   r4, r31, r5
    mullw   r5, r4, r5
    subf    r5, r5, r31
    addi    r3, r2, seconds_format-BASE
    bl      print
    li      r3, 0
${leave}
${commandTexts}    .balign 4
`
