# Fetching files, whose contents have to be what they were published as.

use wait.nu [retry]

# Downloads a file, and puts it in its place only when its contents are right.
#
# What is there already with that digest is not fetched again. Returns {path, size, sha256, changed}.
@example "a release" {
    download https://example.com/app-1.0.0.tar.gz /tmp/app.tar.gz --sha256 ("" | fill --character 0 --width 64)
}
export def download [
    source: string # https, http or file: URL, or a path
    target: path # the file to write
    --sha256: string # digest of the contents, in hexadecimal digits
    --unverified # take whatever comes: needed where there is no digest
    --retries: int = 3 # attempts for a server that does not answer
    --timeout: duration = 10min # how long one attempt may take
]: nothing -> record<path: string, size: filesize, sha256: string, changed: bool> {
    let span = (metadata $source).span
    if $sha256 == null and not $unverified {
        error make {
            msg: "a download without a digest may be anything"
            code: "provisioning::download::no-digest"
            label: {text: "nobody can tell what this is", span: $span}
            help: "give the published --sha256, or --unverified"
        }
    }
    if $sha256 != null and $sha256 !~ '^[0-9a-fA-F]{64}$' {
        error make {
            msg: "a SHA-256 digest has 64 hexadecimal digits"
            code: "input::invalid"
            label: {text: "this has others", span: (metadata $sha256).span}
        }
    }
    let wanted = if $sha256 != null { $sha256 | str lowercase }
    let target = ($target | path expand --no-symlink)
    if $wanted != null and ($target | path type) == file {
        if (digest-of $target) == $wanted { return (described $target $wanted false) }
    }
    mkdir ($target | path dirname)
    let part = (mktemp --tmpdir-path ($target | path dirname) $".($target | path basename).XXXXXXXX")
    try {
        fetch $source $part $span $retries $timeout
        let digest = (digest-of $part)
        if $wanted != null and $digest != $wanted {
            error make {
                msg: $"the contents of `($target | path basename)` are not those that were asked for"
                code: "provisioning::download::digest"
                label: {text: "has another digest", span: $span}
                help: $"wanted ($wanted), got ($digest)"
            }
        }
        mv --force $part $target
        described $target $digest true
    } finally {
        rm --force $part
    }
}

def fetch [source: string, part: string, span: any, retries: int, timeout: duration]: nothing -> nothing {
    if $source =~ '^https?://' {
        # A server that says what is wrong will say it again.
        let may_pass = {|error| $error.msg !~ '(?i)not found|forbidden|unauthorized|access' }
        retry {|| http get --raw --max-time $timeout $source | save --raw --force $part } --times $retries --when $may_pass
        return
    }
    if $source =~ '^\w+://' and $source !~ '^file://' {
        error make {
            msg: "this kind of URL cannot be downloaded"
            code: "input::invalid"
            label: {text: "https, http or file", span: $span}
        }
    }
    let file = ($source | str replace --regex '^file://(localhost)?' '')
    let file = if $source =~ '^file://' { $file | url decode } else { $file }
    if ($file | path type) != file {
        error make {
            msg: "there is no such file to download"
            code: "input::path"
            label: {text: "not a file", span: $span}
        }
    }
    open --raw $file | save --raw --force $part
}

# The file is read piece by piece.
def digest-of [file: string]: nothing -> string { open --raw $file | hash sha256 }

def described [file: string, digest: string, changed: bool]: nothing -> record {
    {path: $file, size: (ls --all --full-paths $file | get 0.size), sha256: $digest, changed: $changed}
}
