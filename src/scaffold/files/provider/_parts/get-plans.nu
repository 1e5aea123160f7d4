    nickel eval $SETTINGS --field plans
