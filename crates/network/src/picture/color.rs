//! The two palettes. The hues of marks are those of Okabe and Ito, which people with any common kind of
//! colour blindness can tell apart; every mark also has its own dash or sign.

/// The colours of one theme.
pub(super) struct Palette {
    pub(super) ground: &'static str,
    pub(super) panel: &'static str,
    pub(super) card: &'static str,
    pub(super) border: &'static str,
    pub(super) ink: &'static str,
    pub(super) faint: &'static str,
    pub(super) line: &'static str,
    pub(super) open: &'static str,
    pub(super) open_ground: &'static str,
    pub(super) added: &'static str,
    pub(super) removed: &'static str,
    pub(super) changed: &'static str,
    pub(super) path: &'static str,
    /// Lines without a mark take one of these by their target, so that the eye can follow one of many.
    pub(super) strands: [&'static str; 5],
}

pub(super) const LIGHT: Palette = Palette {
    ground: "#ffffff",
    panel: "#f4f6f8",
    card: "#ffffff",
    border: "#b4bcc6",
    ink: "#1b2129",
    faint: "#55606c",
    line: "#5b6672",
    open: "#b35c00",
    open_ground: "#fff3e2",
    added: "#00734f",
    removed: "#b84a00",
    changed: "#8a3f73",
    path: "#0060a0",
    strands: ["#4a5561", "#2f6690", "#6b5b95", "#3d7068", "#7a5c3e"],
};

pub(super) const DARK: Palette = Palette {
    ground: "#14181d",
    panel: "#1c2229",
    card: "#272e37",
    border: "#4d5864",
    ink: "#e9edf1",
    faint: "#a9b4bf",
    line: "#97a3af",
    open: "#f0a848",
    open_ground: "#33291b",
    added: "#3fcf9f",
    removed: "#ff8a4d",
    changed: "#e3a2cf",
    path: "#6fbdf2",
    strands: ["#a3aeb9", "#7fb2dc", "#b3a4dd", "#7fc0b4", "#cfae8c"],
};
