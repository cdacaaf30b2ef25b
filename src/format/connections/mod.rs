//! The connection table as text.

pub mod counts;

use std::io::{self, Write};

use super::labels::{EndpointLabel, Labels};
use super::text;
use crate::model::connection::{Connection, Origin};
use crate::sys::terminal::is_harmless;

/// Columns that are not always shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    /// What persistence engines know.
    pub engine_data: bool,
    /// Who made the entry.
    pub origin: bool,
}

/// The titles.
pub fn write_titles(out: &mut (impl Write + ?Sized), columns: Columns) -> io::Result<()> {
    let origin = if columns.origin { "origin " } else { "" };
    writeln!(out, "IPVS connection entries")?;
    write!(
        out,
        "pro expire state       {origin}source             virtual            destination"
    )?;
    if columns.engine_data {
        write!(out, "        {:16} pe_data", "pe name")?;
    }
    writeln!(out)
}

/// Appends the row of one connection.
pub fn row(row: &mut String, connection: &Connection, labels: &Labels, columns: Columns) {
    let protocol = connection.transport();
    text::left(row, connection.protocol, 3);
    row.push(' ');
    let start = row.len();
    two_digits(row, connection.expires / 60);
    row.push(':');
    two_digits(row, connection.expires % 60);
    // From a hundred minutes up the time takes more of its column.
    fill(row, start, 6);
    text::left(row, connection.state, 11);
    row.push(' ');
    if columns.origin {
        text::left(row, connection.origin.map_or("", Origin::title), 6);
        row.push(' ');
    }
    column(row, &labels.endpoint(&connection.source, protocol), 18);
    column(row, &labels.endpoint(&connection.service, protocol), 18);
    let destination = labels.endpoint(&connection.destination, protocol);
    match connection.engine {
        Some(engine) if columns.engine_data => {
            // Narrower than its title, as ipvsadm 1.31 has it.
            column(row, &destination, 16);
            text::left(row, engine.name, 18);
            row.push(' ');
            row.extend(engine.data.chars().map(harmless));
        }
        _ => destination.push(row),
    }
    row.push('\n');
}

/// Appends a number of at least two digits.
fn two_digits(row: &mut String, number: u64) {
    if number < 10 {
        row.push('0');
    }
    text::number(row, number);
}

fn column(row: &mut String, label: &EndpointLabel, columns: usize) {
    let start = row.len();
    label.push(row);
    fill(row, start, columns);
}

/// Pads a column that begins at byte `start` of the row, and appends the space after it.
fn fill(row: &mut String, start: usize, columns: usize) {
    let content = &row[start..];
    let width = if content.is_ascii() {
        content.len()
    } else {
        content.chars().count()
    };
    text::blanks(row, columns.saturating_sub(width) + 1);
}

/// Engine data is what a client sent: nothing in it may steer a terminal.
fn harmless(c: char) -> char {
    if is_harmless(c) { c } else { '?' }
}
