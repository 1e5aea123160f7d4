export def --wrapped a [...rest] { ^echo ...$rest }
export def --wrapped b [x: string, --own, ...rest: string] { ^echo $x $own ...$rest }
export def --env --wrapped c [...args] { ^echo ...$args }
