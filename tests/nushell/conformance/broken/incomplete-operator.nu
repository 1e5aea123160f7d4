export def a [] { 1 + }
