export alias x = if true { 1 }
