//! The style sheet of drawings. No custom properties: not every SVG reader knows them.

use crate::picture::color::{DARK, LIGHT, Palette};
use crate::picture::model::Theme;
use std::fmt::Write as _;

/// The rules for a theme.
pub(in crate::picture) fn sheet(theme: Theme) -> String {
    let mut out = String::from(SHAPE);
    match theme {
        Theme::Light => colors(&mut out, &LIGHT),
        Theme::Dark => colors(&mut out, &DARK),
        Theme::Auto => {
            colors(&mut out, &LIGHT);
            out.push_str("@media screen and (prefers-color-scheme:dark){");
            colors(&mut out, &DARK);
            out.push('}');
        }
    }
    out
}

const SHAPE: &str = ".ih text{font-family:\"Helvetica Neue\",Helvetica,Arial,\"Liberation Sans\",sans-serif;font-size:11px}\
.ih .h1{font-size:18px;font-weight:700}.ih .h2{font-size:13px}.ih .note{font-size:12px}\
.ih .ft{font-size:13px;font-weight:700}.ih .ct{font-size:13px;font-weight:600}.ih .tr{text-decoration:line-through}\
.ih .w{fill:none;stroke-width:1.5;stroke-linejoin:round}.ih .hd{stroke:none}\
.ih .fr{stroke-width:1}.ih .out{stroke-dasharray:5 4}.ih .cd{stroke-width:1.2}.ih .ic{fill:none;stroke-width:1.3}\
.ih .m-focus .cd{stroke-width:3}.ih .m-entry .cd{stroke-width:2.5;stroke-dasharray:9 3}.ih .m-reached .cd{stroke-width:2}\
.ih .m-added .cd{stroke-width:2.2}.ih .m-removed .cd{stroke-width:2.2;stroke-dasharray:3 3}.ih .m-changed .cd{stroke-width:2.2;stroke-dasharray:8 3 2 3}\
.ih .k-added.w{stroke-width:2.4}.ih .k-removed.w{stroke-width:2;stroke-dasharray:7 5}.ih .k-changed.w{stroke-width:2;stroke-dasharray:9 3 2 3}\
.ih .k-path.w{stroke-width:3.2}.ih .k-unknown.w{stroke-width:1.6;stroke-dasharray:1.5 3.5}.ih .some.w{stroke-width:1.3;stroke-dasharray:5 3}";

fn colors(out: &mut String, p: &Palette) {
    let _ = write!(
        out,
        ".ih .ground{{fill:{ground}}}.ih text{{fill:{ink}}}.ih .h2,.ih .sub,.ih .note,.ih .lg{{fill:{faint}}}\
         .ih .fr{{fill:{panel};stroke:{border}}}.ih .fr.out{{fill:none}}.ih .fr.all{{fill:{open_ground};stroke:{open}}}\
         .ih .cd{{fill:{card};stroke:{border}}}.ih .ic{{stroke:{faint}}}\
         .ih .m-focus .cd,.ih .m-reached .cd{{stroke:{path}}}.ih .m-entry .cd,.ih .m-removed .cd{{stroke:{removed}}}\
         .ih .m-added .cd{{stroke:{added}}}.ih .m-changed .cd{{stroke:{changed}}}\
         .ih .hop{{fill:{path}}}.ih text.hopn{{fill:{ground};font-weight:700}}\
         .ih .hb{{fill:{card}}}.ih .hs,.ih .og{{fill:{open}}}.ih .open{{stroke:{open};stroke-width:.8}}\
         .ih .w{{stroke:{line}}}.ih .hd{{fill:{line}}}",
        ground = p.ground,
        ink = p.ink,
        faint = p.faint,
        panel = p.panel,
        border = p.border,
        open_ground = p.open_ground,
        open = p.open,
        card = p.card,
        path = p.path,
        removed = p.removed,
        added = p.added,
        changed = p.changed,
        line = p.line,
    );
    for (index, strand) in p.strands.iter().enumerate() {
        let _ = write!(out, ".ih .w.s{index}{{stroke:{strand}}}.ih .hd.s{index}{{fill:{strand}}}");
    }
    for (class, color) in [
        ("added", p.added),
        ("removed", p.removed),
        ("changed", p.changed),
        ("path", p.path),
        ("unknown", p.open),
    ] {
        let _ = write!(
            out,
            ".ih .w.k-{class}{{stroke:{color}}}.ih .hd.k-{class}{{fill:{color}}}.ih text.k-{class}{{fill:{color};font-weight:600}}"
        );
    }
}
