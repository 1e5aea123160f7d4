    nickel eval $VERSION --field available_versions
