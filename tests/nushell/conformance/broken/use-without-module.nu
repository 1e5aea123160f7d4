use
