//! Colours. Each has a light and a dark form; red is kept for what is wrong.

/// A colour of nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Hue {
    Blue,
    Green,
    Purple,
    Orange,
    Teal,
    Magenta,
    Yellow,
    Grey,
    Red,
}

/// What a hue looks like on one kind of background.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tone {
    pub(super) fill: &'static str,
    pub(super) stroke: &'static str,
}

impl Hue {
    pub(super) const ALL: [Hue; 9] = [
        Hue::Blue,
        Hue::Green,
        Hue::Purple,
        Hue::Orange,
        Hue::Teal,
        Hue::Magenta,
        Hue::Yellow,
        Hue::Grey,
        Hue::Red,
    ];

    /// Those that stand for nothing of their own.
    const FREE: usize = 7;

    /// Returns one of the colours that stand for nothing of their own, again and again.
    pub(super) fn cycle(number: usize) -> Hue {
        Hue::ALL[number % Hue::FREE]
    }

    /// Returns the colour of a type that is known.
    pub(super) fn of_type(kind: &str) -> Option<Hue> {
        Some(match kind {
            "taskserv" => Hue::Blue,
            "application" => Hue::Green,
            "cluster" => Hue::Purple,
            "provider" => Hue::Orange,
            "infrastructure" => Hue::Teal,
            "template" => Hue::Yellow,
            _ => return None,
        })
    }

    /// Returns the colour of a state that is known.
    pub(super) fn of_state(state: &str) -> Option<Hue> {
        Some(match state {
            "running" | "deployed" | "ready" | "healthy" | "active" | "installed" | "ok" => {
                Hue::Green
            }
            "failed" | "error" | "unhealthy" | "crashed" => Hue::Red,
            "pending" | "planned" | "waiting" | "queued" | "degraded" => Hue::Yellow,
            "creating" | "deploying" | "starting" | "restarting" | "updating" | "installing" => {
                Hue::Blue
            }
            "stopped" | "deleted" | "absent" | "disabled" | "missing" | "unknown" => Hue::Grey,
            "implied" => Hue::Teal,
            _ => return None,
        })
    }

    /// Returns the name of the class in style sheets.
    pub(super) fn class(self) -> &'static str {
        match self {
            Hue::Blue => "blue",
            Hue::Green => "green",
            Hue::Purple => "purple",
            Hue::Orange => "orange",
            Hue::Teal => "teal",
            Hue::Magenta => "magenta",
            Hue::Yellow => "yellow",
            Hue::Grey => "grey",
            Hue::Red => "red",
        }
    }

    pub(super) fn light(self) -> Tone {
        let (fill, stroke) = match self {
            Hue::Blue => ("#e7f0fd", "#2f6fd0"),
            Hue::Green => ("#e6f4ea", "#2e7d46"),
            Hue::Purple => ("#f1e9fb", "#7d4cc2"),
            Hue::Orange => ("#fdf0e0", "#b8650e"),
            Hue::Teal => ("#e0f4f4", "#11807f"),
            Hue::Magenta => ("#fbe8f4", "#b03a8c"),
            Hue::Yellow => ("#fbf5d5", "#8a7300"),
            Hue::Grey => ("#eef0f2", "#667079"),
            Hue::Red => ("#fdecec", "#d1242f"),
        };
        Tone { fill, stroke }
    }

    pub(super) fn dark(self) -> Tone {
        let (fill, stroke) = match self {
            Hue::Blue => ("#152a4a", "#6ea8ff"),
            Hue::Green => ("#12301d", "#63c584"),
            Hue::Purple => ("#2b1d45", "#b794f0"),
            Hue::Orange => ("#3d2608", "#f0a04b"),
            Hue::Teal => ("#0c3030", "#4fc9c7"),
            Hue::Magenta => ("#3d1532", "#ec83c6"),
            Hue::Yellow => ("#332b05", "#d9bf3c"),
            Hue::Grey => ("#262b31", "#9aa5b1"),
            Hue::Red => ("#43171a", "#ff7b72"),
        };
        Tone { fill, stroke }
    }

    /// Returns the parameter of the escape sequence that gives text this colour.
    pub(super) fn ansi(self) -> &'static str {
        match self {
            Hue::Blue => "34",
            Hue::Green => "32",
            Hue::Purple => "35",
            Hue::Orange => "33",
            Hue::Teal => "36",
            Hue::Magenta => "95",
            Hue::Yellow => "93",
            Hue::Grey => "90",
            Hue::Red => "31",
        }
    }
}
