//! Connections by their state.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};

use crate::model::connection::Connection;

/// How many connections there are of each protocol in each state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StateCounts(BTreeMap<String, BTreeMap<String, u64>>);

impl StateCounts {
    /// Counts a connection.
    pub fn add(&mut self, connection: &Connection<'_>) {
        let protocol = match self.0.get_mut(connection.protocol) {
            Some(states) => states,
            None => self.0.entry(connection.protocol.to_owned()).or_default(),
        };
        match protocol.get_mut(connection.state) {
            Some(count) => *count += 1,
            None => drop(protocol.insert(connection.state.to_owned(), 1)),
        }
    }

    /// All of them together.
    pub fn total(&self) -> u64 {
        self.0.values().flat_map(BTreeMap::values).sum()
    }
}

/// Writes a sample for each state in which there are connections.
pub fn write(out: &mut (impl Write + ?Sized), counts: &StateCounts) -> io::Result<()> {
    if counts.0.is_empty() {
        return Ok(());
    }
    writeln!(out, "# TYPE node_ipvs_connection_states gauge")?;
    writeln!(
        out,
        "# HELP node_ipvs_connection_states Entries of the connection table by protocol and state."
    )?;
    for (protocol, states) in &counts.0 {
        for (state, count) in states {
            let (protocol, state) = (escaped(protocol), escaped(state));
            writeln!(
                out,
                "node_ipvs_connection_states{{proto=\"{protocol}\",state=\"{state}\"}} {count}"
            )?;
        }
    }
    Ok(())
}

/// The value of a label as the format wants it.
fn escaped(word: &str) -> String {
    let mut text = String::new();
    for c in word.chars() {
        if matches!(c, '\\' | '"') {
            text.push('\\');
        }
        // Writing into a string cannot fail.
        let _ = text.write_char(c);
    }
    text
}
