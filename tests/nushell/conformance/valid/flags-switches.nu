export def a [--check, --wait (-w), -q] { [$check $wait $q] }
export def b [
    --check (-c) # only looks
    --very-long-name
] { [$check $very_long_name] }
