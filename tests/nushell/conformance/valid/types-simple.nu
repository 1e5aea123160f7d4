export def a [a: any, b: bool, c: int, d: float, e: string, f: nothing] { null }
export def b [a: filesize, b: duration, c: datetime, d: binary, e: range] { null }
export def c [a: path, b: directory, c: glob, d: cell-path, e: closure] { null }
export def d [a: number, b: error, c: list, d: record, e: table] { null }
