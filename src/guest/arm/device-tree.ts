// The monitor's reading of the device tree (Devicetree Specification v0.4, chapter 5), and its comparison of names.

/** `tree_property`, `matches`. */
export const deviceTree = `
@ Finds a property of a child of the root: r0 is the node's name without its address, r1 the property's name.
@ Returns in r0 the address and in r1 the length of its value; r0 = 0 if there is none.
tree_property:
    push    {r4-r11, lr}
    mov     r10, r0
    mov     r11, r1
    ldr     r4, =tree
    ldr     r4, [r4]
    cmp     r4, #0
    beq     8f
    ldr     r0, [r4]
    ldr     r1, =0xedfe0dd0             @ the magic number, which is big-endian as everything here
    cmp     r0, r1
    bne     8f
    ldr     r5, [r4, #8]                @ structure
    rev     r5, r5
    add     r5, r5, r4
    ldr     r6, [r4, #12]               @ strings
    rev     r6, r6
    add     r6, r6, r4
    mov     r7, #0                      @ depth: 1 in the root
    mov     r8, #0                      @ whether this is the node
1:  ldr     r0, [r5], #4
    rev     r0, r0
    cmp     r0, #1
    beq     2f
    cmp     r0, #2
    beq     4f
    cmp     r0, #3
    beq     5f
    cmp     r0, #4
    beq     1b
    b       8f
2:  add     r7, r7, #1                  @ a node begins
    cmp     r7, #2
    bne     3f
    mov     r0, r5
    mov     r1, r10
    bl      matches
    mov     r8, r0
3:  ldrb    r0, [r5], #1
    cmp     r0, #0
    bne     3b
    b       7f
4:  sub     r7, r7, #1                  @ a node ends
    b       1b
5:  ldr     r9, [r5], #4                @ a property: length, name, value
    rev     r9, r9
    ldr     r0, [r5], #4
    rev     r0, r0
    add     r0, r0, r6
    cmp     r7, #2
    cmpeq   r8, #1
    bne     6f
    mov     r1, r11
    bl      matches
    cmp     r0, #0
    movne   r0, r5
    movne   r1, r9
    popne   {r4-r11, pc}
6:  add     r5, r5, r9
7:  add     r5, r5, #3
    bic     r5, r5, #3
    b       1b
8:  mov     r0, #0
    pop     {r4-r11, pc}

@ Compares the text r0, up to its end, a space or a @, with the name r1: r0 = 1 if they are equal, else 0.
matches:
    ldrb    r2, [r0], #1
    ldrb    r3, [r1], #1
    cmp     r2, #' '
    cmpne   r2, #'@'
    moveq   r2, #0
    cmp     r2, r3
    movne   r0, #0
    bxne    lr
    cmp     r2, #0
    bne     matches
    mov     r0, #1
    bx      lr
    .pool

tree:
    .word   0
`
