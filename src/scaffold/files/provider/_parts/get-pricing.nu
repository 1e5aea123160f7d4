    get-plans | each {|plan| {plan: $plan.name price: $plan.price currency: $plan.currency period: 1hr} }
