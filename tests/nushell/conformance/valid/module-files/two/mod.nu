export use part.nu *
export def main [] { 2 }
