# What the provider offers: plans, prices and zones, as schemas/catalog.ncl has checked them.

const CATALOG = path self ../schemas/catalog.json

# Lists the sizes a server can be labelled with. A plain process is not held to its size,
# which is what `enforced: false` says.
export def get-plans []: nothing -> list<record> {
    open $CATALOG | get plans | update memory { into filesize }
}

# Lists what each plan costs: nothing, the machine is yours.
export def get-pricing []: nothing -> list<record> {
    open $CATALOG | get pricing | each {|row| {plan: $row.plan price: $row.price currency: $row.currency period: ($row.hours * 1hr)} }
}

# Lists the zones, all of this one machine: `local` shares its network, in `isolated` each server has one of its own.
export def get-zones []: nothing -> list<record> {
    let hostname = sys host | get hostname
    open $CATALOG | get zones | each {|zone| $zone | insert hostname $hostname }
}
