# Configuration files from templates.

use plugin.nu [require-plugin]

# Renders a template into a file, which is replaced as a whole, and only when it is another one.
#
# Returns {path, size, changed}: a service has to be told only when `changed`.
@example "a configuration that only its owner can read" {
    render templates/redis.conf.j2 {port: 6379} /tmp/redis.conf --mode "600" | get changed
}
export def render [
    template: path # the template, in Jinja's language
    data: record # what it uses
    target: path # the file to write
    --mode: string = "644" # permissions of the file, in octal digits
    --strict # raise an error also for data that the template does not use
]: nothing -> record<path: string, size: filesize, changed: bool> {
    require-plugin
    if $mode !~ '^0?[0-7]{3}$' {
        error make {
            msg: $"`($mode)` are no permissions"
            code: "input::invalid"
            label: {text: 'three octal digits, such as "600"', span: (metadata $mode).span}
        }
    }
    let target = ($target | path expand --no-symlink)
    let text = (template render $template --data $data --strict=$strict)
    let is_same = (try { (open --raw $target | into string) == $text } catch { false })
    if not $is_same {
        mkdir ($target | path dirname)
        # Nobody else can read it before it has its permissions: mktemp makes files for their owner only.
        let part = (mktemp --tmpdir-path ($target | path dirname) $".($target | path basename).XXXXXXXX")
        try {
            $text | save --raw --force $part
            ^chmod $mode $part
            mv --force $part $target
        } finally {
            rm --force $part
        }
    } else {
        ^chmod $mode $target
    }
    {path: $target, size: ($text | str length | into filesize), changed: (not $is_same)}
}
