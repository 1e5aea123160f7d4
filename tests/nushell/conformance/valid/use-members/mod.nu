export use one.nu a
export use one.nu [b "c d"]
use one.nu [ e ]
export use one.nu [
    f
    CONSTANT
]
export def own [] { [(e) (f) $CONSTANT] }
