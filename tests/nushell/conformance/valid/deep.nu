export def a [] { [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]] }
export def b [] { ((((((((((((((((((((((((((((((1)))))))))))))))))))))))))))))) }
export def c [] { if true { if true { if true { if true { if true { if true { if true { if true { if true { if true { if true { if true { if true { if true { if true { 1 } } } } } } } } } } } } } } } }
