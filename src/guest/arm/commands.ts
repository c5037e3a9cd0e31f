// The monitor's prompt and its commands, except those with a module of their own.

import { commandTexts } from "../shared.ts"

/** `prompt`, `run_line` and the table of commands. */
export const commands = String.raw`
prompt:
    ldr     r0, =hint
    bl      print
1:  ldr     r0, =prompt_text
    bl      print
    bl      read_line
    bl      run_line
    b       1b

@ Executes the commands in the text r0. Returns the number of failures in r0.
run_line:
    push    {r4, r5, r6, lr}
    mov     r4, r0
    mov     r5, #0
1:  ldrb    r0, [r4]
    cmp     r0, #' '
    addeq   r4, r4, #1
    beq     1b
    cmp     r0, #0
    beq     5f
    ldr     r6, =command_table
2:  ldr     r1, [r6]
    cmp     r1, #0
    beq     3f
    mov     r0, r4
    bl      matches
    cmp     r0, #0
    addeq   r6, r6, #12
    beq     2b
    ldr     r0, [r6, #4]
    blx     r0
    add     r5, r5, r0
    bl      skip_word
    b       1b
3:  ldr     r0, =unknown_text           @ the word is printed without what follows it
    bl      print
    mov     r6, r4
    bl      skip_word
4:  ldrb    r0, [r6], #1
    bl      put
    cmp     r6, r4
    blo     4b
    ldr     r0, =unknown_help
    bl      print
    add     r5, r5, #1
    b       1b
5:  mov     r0, r5
    pop     {r4, r5, r6, pc}

@ Moves r4 to the end of the word that it points to.
skip_word:
    ldrb    r0, [r4]
    cmp     r0, #0
    cmpne   r0, #' '
    addne   r4, r4, #1
    bne     skip_word
    bx      lr

help:
    push    {r4, lr}
    ldr     r4, =command_table
1:  ldr     r1, [r4]
    cmp     r1, #0
    ldrne   r2, [r4, #8]
    ldr     r0, =help_format
    blne    print
    ldr     r1, [r4], #12
    cmp     r1, #0
    bne     1b
    mov     r0, #0
    pop     {r4, pc}

show_ticks:
    push    {r4, lr}
    svc     #1
    mov     r1, r0
    mov     r2, #TICK_RATE
    udiv    r3, r1, r2
    mls     r2, r3, r2, r1              @ hundredths of a second
    mov     r4, r2
    mov     r2, r3
    ldr     r0, =ticks_format
    bl      print
    mov     r0, r4
    mov     r1, #10
    udiv    r1, r0, r1
    mov     r2, #10
    mls     r2, r1, r2, r0
    ldr     r3, =RTC
    ldr     r3, [r3]
    ldr     r0, =seconds_format
    bl      print
    mov     r0, #0
    pop     {r4, pc}
    .pool

${commandTexts}    .balign 4
`
