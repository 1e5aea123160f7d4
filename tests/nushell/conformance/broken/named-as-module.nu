export def named-as-module [] { 1 }
