export def one [] { 1 +  }
