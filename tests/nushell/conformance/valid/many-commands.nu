# Command 0.
export def command-0 [a0: int, b0?: string = "0", --flag-0 (-a): float]: nothing -> list<any> { [$a0 $b0 $flag_0] }
# Command 1.
export def command-1 [a1: int, b1?: string = "1", --flag-1 (-b): float]: nothing -> list<any> { [$a1 $b1 $flag_1] }
# Command 2.
export def command-2 [a2: int, b2?: string = "2", --flag-2 (-c): float]: nothing -> list<any> { [$a2 $b2 $flag_2] }
# Command 3.
export def command-3 [a3: int, b3?: string = "3", --flag-3 (-d): float]: nothing -> list<any> { [$a3 $b3 $flag_3] }
# Command 4.
export def command-4 [a4: int, b4?: string = "4", --flag-4 (-e): float]: nothing -> list<any> { [$a4 $b4 $flag_4] }
# Command 5.
export def command-5 [a5: int, b5?: string = "5", --flag-5 (-f): float]: nothing -> list<any> { [$a5 $b5 $flag_5] }
# Command 6.
export def command-6 [a6: int, b6?: string = "6", --flag-6 (-g): float]: nothing -> list<any> { [$a6 $b6 $flag_6] }
# Command 7.
export def command-7 [a7: int, b7?: string = "7", --flag-7 (-h): float]: nothing -> list<any> { [$a7 $b7 $flag_7] }
# Command 8.
export def command-8 [a8: int, b8?: string = "8", --flag-8 (-i): float]: nothing -> list<any> { [$a8 $b8 $flag_8] }
# Command 9.
export def command-9 [a9: int, b9?: string = "9", --flag-9 (-j): float]: nothing -> list<any> { [$a9 $b9 $flag_9] }
# Command 10.
export def command-10 [a10: int, b10?: string = "10", --flag-10 (-k): float]: nothing -> list<any> { [$a10 $b10 $flag_10] }
# Command 11.
export def command-11 [a11: int, b11?: string = "11", --flag-11 (-l): float]: nothing -> list<any> { [$a11 $b11 $flag_11] }
# Command 12.
export def command-12 [a12: int, b12?: string = "12", --flag-12 (-m): float]: nothing -> list<any> { [$a12 $b12 $flag_12] }
# Command 13.
export def command-13 [a13: int, b13?: string = "13", --flag-13 (-n): float]: nothing -> list<any> { [$a13 $b13 $flag_13] }
# Command 14.
export def command-14 [a14: int, b14?: string = "14", --flag-14 (-o): float]: nothing -> list<any> { [$a14 $b14 $flag_14] }
# Command 15.
export def command-15 [a15: int, b15?: string = "15", --flag-15 (-p): float]: nothing -> list<any> { [$a15 $b15 $flag_15] }
# Command 16.
export def command-16 [a16: int, b16?: string = "16", --flag-16 (-q): float]: nothing -> list<any> { [$a16 $b16 $flag_16] }
# Command 17.
export def command-17 [a17: int, b17?: string = "17", --flag-17 (-r): float]: nothing -> list<any> { [$a17 $b17 $flag_17] }
# Command 18.
export def command-18 [a18: int, b18?: string = "18", --flag-18 (-s): float]: nothing -> list<any> { [$a18 $b18 $flag_18] }
# Command 19.
export def command-19 [a19: int, b19?: string = "19", --flag-19 (-t): float]: nothing -> list<any> { [$a19 $b19 $flag_19] }
# Command 20.
export def command-20 [a20: int, b20?: string = "20", --flag-20 (-u): float]: nothing -> list<any> { [$a20 $b20 $flag_20] }
# Command 21.
export def command-21 [a21: int, b21?: string = "21", --flag-21 (-v): float]: nothing -> list<any> { [$a21 $b21 $flag_21] }
# Command 22.
export def command-22 [a22: int, b22?: string = "22", --flag-22 (-w): float]: nothing -> list<any> { [$a22 $b22 $flag_22] }
# Command 23.
export def command-23 [a23: int, b23?: string = "23", --flag-23 (-x): float]: nothing -> list<any> { [$a23 $b23 $flag_23] }
# Command 24.
export def command-24 [a24: int, b24?: string = "24", --flag-24 (-y): float]: nothing -> list<any> { [$a24 $b24 $flag_24] }
# Command 25.
export def command-25 [a25: int, b25?: string = "25", --flag-25 (-z): float]: nothing -> list<any> { [$a25 $b25 $flag_25] }
# Command 26.
export def command-26 [a26: int, b26?: string = "26", --flag-26 (-a): float]: nothing -> list<any> { [$a26 $b26 $flag_26] }
# Command 27.
export def command-27 [a27: int, b27?: string = "27", --flag-27 (-b): float]: nothing -> list<any> { [$a27 $b27 $flag_27] }
# Command 28.
export def command-28 [a28: int, b28?: string = "28", --flag-28 (-c): float]: nothing -> list<any> { [$a28 $b28 $flag_28] }
# Command 29.
export def command-29 [a29: int, b29?: string = "29", --flag-29 (-d): float]: nothing -> list<any> { [$a29 $b29 $flag_29] }
# Command 30.
export def command-30 [a30: int, b30?: string = "30", --flag-30 (-e): float]: nothing -> list<any> { [$a30 $b30 $flag_30] }
# Command 31.
export def command-31 [a31: int, b31?: string = "31", --flag-31 (-f): float]: nothing -> list<any> { [$a31 $b31 $flag_31] }
# Command 32.
export def command-32 [a32: int, b32?: string = "32", --flag-32 (-g): float]: nothing -> list<any> { [$a32 $b32 $flag_32] }
# Command 33.
export def command-33 [a33: int, b33?: string = "33", --flag-33 (-h): float]: nothing -> list<any> { [$a33 $b33 $flag_33] }
# Command 34.
export def command-34 [a34: int, b34?: string = "34", --flag-34 (-i): float]: nothing -> list<any> { [$a34 $b34 $flag_34] }
# Command 35.
export def command-35 [a35: int, b35?: string = "35", --flag-35 (-j): float]: nothing -> list<any> { [$a35 $b35 $flag_35] }
# Command 36.
export def command-36 [a36: int, b36?: string = "36", --flag-36 (-k): float]: nothing -> list<any> { [$a36 $b36 $flag_36] }
# Command 37.
export def command-37 [a37: int, b37?: string = "37", --flag-37 (-l): float]: nothing -> list<any> { [$a37 $b37 $flag_37] }
# Command 38.
export def command-38 [a38: int, b38?: string = "38", --flag-38 (-m): float]: nothing -> list<any> { [$a38 $b38 $flag_38] }
# Command 39.
export def command-39 [a39: int, b39?: string = "39", --flag-39 (-n): float]: nothing -> list<any> { [$a39 $b39 $flag_39] }
