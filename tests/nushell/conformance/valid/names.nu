export def "two words" [] { 1 }
export def three-part-name [] { 2 }
export def with_underscore [] { 3 }
export def 'quoted' [] { 4 }
export def `backticked` [] { 5 }
export def CamelCase [] { 6 }
export def "ls" [] { 7 }
export def a1 [] { 8 }
export def "dots.in.it" [] { 9 }
export def + [] { 10 }
