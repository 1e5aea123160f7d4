    nickel eval $SETTINGS --field zones
