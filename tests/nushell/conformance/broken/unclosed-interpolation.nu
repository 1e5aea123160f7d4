export def a [] { $"abc (1 + }
