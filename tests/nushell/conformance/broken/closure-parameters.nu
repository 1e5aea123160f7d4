export def a [] { {|x y } }
