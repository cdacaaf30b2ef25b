//! Counts of connections as text.

use crate::format::labels::Labels;
use crate::format::text;
use crate::model::connection::{CountKey, CountRow, Group, Tally};
use crate::model::{Endpoint, Protocol, ServiceId};
use crate::sys::words::counted;

/// The addresses of rows, to ask for their names. A real server's port has no protocol, and so no name.
pub fn endpoints(rows: &[CountRow<'_>]) -> impl Iterator<Item = (Endpoint, Option<Protocol>)> {
    let groups = rows.iter().flat_map(|row| &row.groups);
    groups.filter_map(|group| match *group {
        Group::Client(address) => Some((Endpoint { address, port: 0 }, None)),
        Group::Service { protocol, endpoint } => Some((endpoint, Protocol::from_title(protocol))),
        Group::Server(endpoint) => Some((endpoint, None)),
        Group::FirewallMark { .. } | Group::State(_) | Group::Origin(_) => None,
    })
}

/// A line with the totals, titles, and a line for each row.
pub fn table(tally: &Tally, rows: &[CountRow<'_>], labels: &Labels) -> String {
    let keys: Vec<&str> = tally.by().keys().map(CountKey::name).collect();
    let mut table = format!(
        "IPVS connections by {}: {}, {}\nconnections  share templates",
        keys.join(","),
        counted(tally.connections(), "connection"),
        counted(tally.templates(), "template")
    );
    let cells: Vec<Vec<String>> = rows
        .iter()
        .map(|row| row.groups.iter().map(|group| cell(group, labels)).collect())
        .collect();
    // Only the first of two columns has something behind it.
    let width = |cell: Option<&String>| cell.map_or(0, |cell| cell.chars().count());
    let first = cells.iter().map(|cells| width(cells.first()));
    let first = first.fold(keys[0].len(), usize::max);
    let line = |table: &mut String, cells: &[&str]| {
        for (index, cell) in cells.iter().enumerate() {
            table.push(' ');
            table.push_str(cell);
            if index + 1 < cells.len() {
                text::blanks(table, first.saturating_sub(cell.chars().count()));
            }
        }
        table.push('\n');
    };
    line(&mut table, &keys);
    for (row, cells) in rows.iter().zip(&cells) {
        table.push_str(&format!(
            "{:>11} {:>5.1}% {:>9}",
            row.connections,
            tally.share(row) * 100.0,
            row.templates
        ));
        let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
        line(&mut table, &cells);
    }
    table
}

fn cell(group: &Group<&str>, labels: &Labels) -> String {
    let mut cell = String::new();
    match group {
        Group::Client(address) => match labels.hosts.get(address) {
            Some(name) => cell.push_str(name),
            None => cell = address.to_string(),
        },
        Group::Service { protocol, endpoint } => {
            text::left(&mut cell, protocol, 4);
            cell.push(' ');
            labels
                .endpoint(endpoint, Protocol::from_title(protocol))
                .push(&mut cell);
        }
        Group::FirewallMark { mark, family } => {
            cell.push_str("FWM  ");
            let id = ServiceId::FirewallMark {
                mark: *mark,
                family: *family,
            };
            labels.service(&id).push(&mut cell);
        }
        Group::Server(endpoint) => labels.endpoint(endpoint, None).push(&mut cell),
        Group::State(state) => cell.push_str(state),
        Group::Origin(origin) => cell.push_str(origin.title()),
    }
    cell
}
