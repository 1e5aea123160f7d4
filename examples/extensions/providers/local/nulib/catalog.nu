# What the provider offers: plans, prices and zones.

# Lists the sizes a server can be labelled with. A plain process is not held to its size,
# which is what `enforced: false` says.
export def get-plans []: nothing -> list<record> {
    [
        {name: "1xCPU-1GB" cpus: 1 memory: 1GB enforced: false}
        {name: "2xCPU-4GB" cpus: 2 memory: 4GB enforced: false}
        {name: "4xCPU-8GB" cpus: 4 memory: 8GB enforced: false}
    ]
}

# Lists what each plan costs: nothing, the machine is yours.
export def get-pricing []: nothing -> list<record> {
    get-plans | each {|plan| {plan: $plan.name price: 0.0 currency: EUR period: 1hr} }
}

# Lists the zones: the one machine this runs on.
export def get-zones []: nothing -> list<record> {
    [{name: local description: "This machine" hostname: (sys host | get hostname)}]
}
