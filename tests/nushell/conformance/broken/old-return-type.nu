export def a [] -> record { {} }
