export extern x [] { 1 } 2
