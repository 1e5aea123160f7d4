# Checks of what users write, which never raise.

# Returns the fields of a record that are there, but not of their type.
export def type-errors [types: record]: record -> list<string> {
    let given = $in
    $types | items {|field, type|
        let value = $given | get --optional $field
        # a list of records is described as a table
        let found = $value | describe | str replace --regex '<.*' '' | str replace table list
        if $value != null and $found != $type { $"($field) must be of type ($type)" }
    } | compact
}

# Returns what is wrong with each rule, numbered from 1.
export def firewall-rule-errors []: list<any> -> list<string> {
    enumerate | each {|entry|
        let rule = if ($entry.item | describe) =~ '^record' { $entry.item } else { {} }
        [
            (if $rule.direction? not-in [ingress egress] { "direction must be ingress or egress" })
            (if $rule.protocol? not-in [tcp udp icmp] { "protocol must be tcp, udp or icmp" })
            (if $rule.action? not-in [allow deny] { "action must be allow or deny" })
            (if $rule.port? != null and ($rule.port | into string) !~ '^\d{1,5}(-\d{1,5})?$' { "port must be a port or a range such as 8000-8010" })
        ] | compact | each {|fault| $"rule ($entry.index + 1): ($fault)" }
    } | flatten
}
