export def a [] { [2024-01-01 2024-01-01T12:30:00 2024-01-01T12:30:00+02:00 2024-01-01T00:00:00Z] }
export def b [since: datetime = 2020-02-29]: nothing -> duration { (date now) - $since }
