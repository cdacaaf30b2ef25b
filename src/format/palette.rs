//! Colours, which repeat what the text says: nobody needs to see them. No I/O.
//!
//! They are the terminal's own 16, which its user may have chosen for their contrast.

use anstyle::{AnsiColor, Style};

use crate::model::RealServerEntry;

/// What fails now.
pub const FAILING: AnsiColor = AnsiColor::Red;
/// What may be meant, or may fail.
pub const WARNING: AnsiColor = AnsiColor::Yellow;
/// What is worth knowing.
pub const NOTE: AnsiColor = AnsiColor::Cyan;

/// How the line of a real server looks: red from its upper threshold on, yellow at weight 0, and dimmed where it
/// has no connections.
pub fn server(entry: &RealServerEntry) -> Style {
    let connections = u64::from(entry.active_connections) + u64::from(entry.inactive_connections);
    let limit = entry.server.upper_threshold;
    let style = if limit > 0 && connections >= u64::from(limit) {
        FAILING.on_default()
    } else if entry.server.weight == 0 {
        WARNING.on_default()
    } else {
        Style::new()
    };
    match connections {
        0 => style.dimmed(),
        _ => style,
    }
}

/// Puts what was written since `start` into a style.
pub fn apply(text: &mut Vec<u8>, start: usize, style: Style) {
    if !style.is_plain() {
        text.splice(start..start, style.render().to_string().into_bytes());
        text.extend(style.render_reset().to_string().into_bytes());
    }
}
