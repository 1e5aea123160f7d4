export def a [] { 1; 2; 3 }; export def b [x: int] { $x }; export const C = 1;
