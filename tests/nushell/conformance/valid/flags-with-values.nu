export def a [--name: string, --size (-s): int, --when: datetime] { [$name $size $when] }
export def b [--name: string = "x", --size: int = 4, --all: list<string> = [a b]] { [$name $size $all] }
export def c [--level = 3, --file (-f): path] { [$level $file] }
export def d [--timeout: duration = 10min # how long
    --limit: filesize = 1gb] { [$timeout $limit] }
