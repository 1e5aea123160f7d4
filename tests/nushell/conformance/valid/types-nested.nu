export def a [x: list<int>, y: list<list<string>>, z: list<record<a: int>>] { null }
export def b [x: record<a: int, b: record<c: string, d: list<any>>>] { null }
export def c [x: table<name: string, size: filesize>, y: table] { null }
export def d [x: record<"quoted key": int, plain>] { null }
export def e [x: list<any>, y: record<a, b: int>] { null }
