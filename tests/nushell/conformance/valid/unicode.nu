# Größe und 名前, mit 😀.
export def größe [名前: string # der Name 😀
    --ширина: int = 3] { [$名前 $ширина] }
export def "ñandú über" [] { "é́" }
export const Δ = "日本語"
