//! The style sheet: light by itself, dark where the reader's browser is. Plain rules, which every program that draws SVG knows.

use std::collections::BTreeSet;
use std::fmt::{self, Write as _};

use crate::graph::picture::Scene;
use crate::graph::picture::hue::{Hue, Tone};

struct Theme {
    back: &'static str,
    band: &'static str,
    text: &'static str,
    faint: &'static str,
    edge: &'static str,
    strong: &'static str,
    tone: fn(Hue) -> Tone,
}

const LIGHT: Theme = Theme {
    back: "#ffffff",
    band: "#f6f8fa",
    text: "#1f2328",
    faint: "#59636e",
    edge: "#8c959f",
    strong: "#1f2328",
    tone: Hue::light,
};

const DARK: Theme = Theme {
    back: "#0d1117",
    band: "#161b22",
    text: "#e6edf3",
    faint: "#9198a1",
    edge: "#6e7681",
    strong: "#e6edf3",
    tone: Hue::dark,
};

/// Writes style and arrow heads.
pub(super) fn write(scene: &Scene<'_>, out: &mut String) -> fmt::Result {
    let mut hues: BTreeSet<Hue> = scene.hues.iter().copied().collect();
    hues.insert(Hue::Red);
    writeln!(
        out,
        "<style>\ntext{{font:11px ui-monospace,SFMono-Regular,Menlo,Consolas,\"DejaVu Sans Mono\",monospace}}\n\
         .name{{font-size:13px}}\n.name,.detail,.heading{{text-anchor:middle}}\n.row{{text-anchor:start}}\n\
         .node rect{{stroke-width:1.2}}\n.critical rect,.focus rect{{stroke-width:2.6}}\n.focus .name{{font-weight:bold}}\n\
         .dashed rect{{stroke-dasharray:5 3}}\n.edge{{fill:none;stroke-width:1.4}}\n.edge.critical{{stroke-width:2.6}}\n\
         .edge.wrong{{stroke-width:2}}"
    )?;
    theme(&LIGHT, &hues, out)?;
    writeln!(out, "@media (prefers-color-scheme: dark) {{")?;
    theme(&DARK, &hues, out)?;
    writeln!(out, "}}\n</style>\n<defs>")?;
    for name in ["plain", "strong", "wrong"] {
        writeln!(
            out,
            "<marker id=\"{name}\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" markerUnits=\"userSpaceOnUse\" orient=\"auto-start-reverse\"><path class=\"head {name}\" d=\"M0 0.6 7.4 4 0 7.4z\"/></marker>"
        )?;
    }
    writeln!(out, "</defs>")
}

fn theme(theme: &Theme, hues: &BTreeSet<Hue>, out: &mut String) -> fmt::Result {
    let Theme {
        back,
        band,
        text,
        faint,
        edge,
        strong,
        tone,
    } = theme;
    let red = tone(Hue::Red).stroke;
    writeln!(
        out,
        ".back{{fill:{back}}}\n.band{{fill:{band}}}\ntext{{fill:{text}}}\n.detail,.heading,.note{{fill:{faint}}}\n\
         .edge{{stroke:{edge}}}\n.head.plain{{fill:{edge}}}\n.edge.critical{{stroke:{strong}}}\n.head.strong{{fill:{strong}}}\n\
         .edge.wrong{{stroke:{red}}}\n.head.wrong,.note.wrong{{fill:{red}}}"
    )?;
    for hue in hues {
        let Tone { fill, stroke } = tone(*hue);
        writeln!(out, ".{} rect{{fill:{fill};stroke:{stroke}}}", hue.class())?;
    }
    Ok(())
}
