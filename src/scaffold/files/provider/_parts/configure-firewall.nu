    let errors = $rules | enumerate | each {|rule|
        $rule.item | check-against FirewallRule | get errors | each {|error| $"rule ($rule.index + 1): ($error)" }
    } | flatten
    if ($errors | is-not-empty) {
        refuse "Invalid firewall rules" $errors --at (metadata $rules).span --hint "see `FirewallRule` in schemas/contracts.ncl"
    }
    not-written configure-firewall {{ file }} --at (metadata $server_id).span
