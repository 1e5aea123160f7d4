# What Custom Cloud offers, as published with this extension. The API has the last word.

const PLANS = [
    {name: micro cpus: 1 memory: 1GB price: 0.01}
    {name: small cpus: 1 memory: 2GB price: 0.05}
    {name: medium cpus: 2 memory: 4GB price: 0.1}
    {name: large cpus: 4 memory: 8GB price: 0.2}
    {name: xlarge cpus: 8 memory: 16GB price: 0.4}
]

const REGIONS = [us-west-1 us-west-2 us-east-1 eu-west-1]

# What a GB of disk costs in an hour, and how much of it a server has unless told otherwise.
const DISK_PRICE = 0.001
const DISK_SIZE = 20

# Lists the machine types.
export def get-plans []: nothing -> list<record> { $PLANS | reject price }

# Lists what an hour of each machine type costs, without its disk.
export def get-pricing []: nothing -> list<record> {
    $PLANS | each {|plan| {plan: $plan.name price: $plan.price currency: USD period: 1hr} }
}

# Lists the zones: two in each region.
export def get-zones []: nothing -> list<record> {
    $REGIONS | each {|region| [a b] | each {|zone| {name: $"($region)($zone)" region: $region} } } | flatten
}

# Returns what an hour of a server costs with its disk, in USD.
@example "a medium server with 50 GB" { calculate-server-cost {plan: medium disk_size: 50} | math round --precision 2 } --result 0.15
export def calculate-server-cost [
    config: record # `plan`, and optionally `disk_size` in GB
]: nothing -> float {
    let plan = $PLANS | where name == $config.plan? | get --optional 0
    if $plan == null {
        error make {
            msg: $"Invalid plan: ($config.plan? | default 'none')"
            label: {text: "has no known plan" span: (metadata $config).span}
            help: $"plans: ($PLANS | get name | str join ', ')"
        }
    }
    $plan.price + ($config.disk_size? | default $DISK_SIZE) * $DISK_PRICE
}
