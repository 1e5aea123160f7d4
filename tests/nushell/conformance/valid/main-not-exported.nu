def main [] { 1 }
export def a [] { main }
