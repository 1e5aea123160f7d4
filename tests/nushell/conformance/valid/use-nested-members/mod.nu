export use tools deep
export use tools deep a
export use tools deep [b]
