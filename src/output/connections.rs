//! The connection table as text.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::labels::{EndpointLabel, Labels};
use crate::connections::Connection;
use crate::terminal::is_harmless;

/// The titles.
pub fn write_titles(out: &mut (impl Write + ?Sized), engine_data: bool) -> io::Result<()> {
    const TITLES: &str = "pro expire state       source             virtual            destination";
    writeln!(out, "IPVS connection entries")?;
    if engine_data {
        writeln!(out, "{TITLES}        {:16} pe_data", "pe name")
    } else {
        writeln!(out, "{TITLES}")
    }
}

/// Appends the row of one connection.
pub fn row(text: &mut String, connection: &Connection, labels: &Labels, engine_data: bool) {
    let protocol = connection.transport();
    let minutes = connection.expires / 60;
    let seconds = connection.expires % 60;
    // Writing into a string cannot fail.
    let _ = write!(text, "{:3} ", connection.protocol);
    let time = text.len();
    let _ = write!(text, "{minutes:02}:{seconds:02}");
    // From a hundred minutes up the time takes more of its column.
    super::text::blanks(text, 6_usize.saturating_sub(text.len() - time) + 1);
    let _ = write!(text, "{:11} ", connection.state);
    column(text, &labels.endpoint(connection.source, protocol), 18);
    column(text, &labels.endpoint(connection.service, protocol), 18);
    let destination = labels.endpoint(connection.destination, protocol);
    match connection.engine {
        Some(engine) if engine_data => {
            // Narrower than its title, as ipvsadm 1.31 has it.
            column(text, &destination, 16);
            let _ = write!(text, "{:18} ", engine.name);
            text.extend(engine.data.chars().map(harmless));
        }
        _ => {
            destination.push(text);
        }
    }
    text.push('\n');
}

fn column(text: &mut String, label: &EndpointLabel, columns: usize) {
    let start = text.len();
    label.push(text);
    let width = text[start..].chars().count();
    super::text::blanks(text, columns.saturating_sub(width) + 1);
}

/// Engine data is what a client sent: nothing in it may steer a terminal.
fn harmless(c: char) -> char {
    if is_harmless(c) { c } else { '?' }
}
