The primes below 60 by trial division

The cells from the left: the number n; how many numbers are left; a flag that n is
composite; the divisor d; how many divisors are left; a copy of n that counts down;
what is left of d; a flag that d has just run out; two cells to copy with; tens; units

n starts at 2 with 58 numbers left
++>++++++++++++++++++++++++++++++++++++++++++++++++++++++++++[
    d starts at 2 with n minus 2 divisors left
    >[-]>[-]++>[-]<<<<[->>>>+>>>>+<<<<<<<<]>>>>>>>>[-<<<<<<<<+>>>>>>>>]<<<<--[
        take d away from n one by one and start again whenever it runs out
        >[-]<<<<<[->>>>>+>>>+<<<<<<<<]>>>>>>>>[-<<<<<<<<+>>>>>>>>]<<[-]<<<[->>>+>>+<<<<<]>>>>>[-
        <<<<<+>>>>>]<<<[
            ->>[-]<->>+<<[->>>+<[-]<<]>>>[-<<<+>>>]<[-<<[-]<<<[->>>+>>>>+<<<<<<<]>>>>>>>[-<<<<<<
            <+>>>>>>>]<<<+>]<<<
        ]
        if it ran out at the very end d divides n
        >>[[-]<<<<<[-]+>>>>>]
        the next divisor
        <<<<+>-
    ]
    if nothing divided n print it
    >>>>+<<<<<<[->>>>>>>+<[-]<<<<<<]>>>>>>>[-<<<<<<<+>>>>>>>]<[-
    <<<[-]<<<<<[->>>>>+<+<<<<]>>>>[-<<<<+>>>>]
    count to n in decimal
    >[
        ->>>>>>+<<<<<[-]>>>>>[-<<<<<+<<+>>>>>>>]<<<<<<<[->>>>>>>+<<<<<<<]>>---------->+<[->>>+<<
        [-]<]>>>[-<<<+>>>]<<[->>>>[-]>+<<<<<]<<
    ]
    <<[-]
    tens unless there are none; then units and a newline
    >>>>>>>>>[<<<<<<+>>>>>>[-<<<<<<<<<+>>>>>>>>>]]<<<<<<[-]<<<[[->>>>>>>>>+<<<<<<<<<]>++++++[->>
    >>>>>>++++++++<<<<<<<<]>>>>>>>>.[-]<<<<<<<<<]>++++++[->>>>>>>++++++++<<<<<<<]>>>>>>>.[-]<<<<
    <<<++++++++++.[-]>>>>]
    the next number
    <<<<<<<<+>-
]
