//! What is coloured in a table, and that nothing else of it changes.

use super::{sort, table};
use crate::cli::command::View;
use crate::format::labels::Labels;
use crate::format::table::{Layout, write_services};
use crate::model::ServiceWithServers;

const VIEWS: [View; 6] = [
    View::Plain,
    View::Stats,
    View::Rate,
    View::Thresholds,
    View::PersistentConnections,
    View::TunnelInfo,
];

const RED: &str = "\x1b[31m";
const YELLOW: &str = "\x1b[33m";
const DIM: &str = "\x1b[2m";
const RESET: &str = "\x1b[0m";

/// A server with a weight, an upper threshold and connections, active and inactive.
fn server(weight: i32, limit: u32, active: u32, inactive: u32) -> Vec<ServiceWithServers> {
    let mut table = table("-A -t 192.0.2.1:80\n-a -t 192.0.2.1:80 -r 10.0.0.1:80 -m");
    let entry = &mut table[0].servers[0];
    entry.server.weight = weight;
    entry.server.upper_threshold = limit;
    entry.active_connections = active;
    entry.inactive_connections = inactive;
    table
}

fn shown(table: &[ServiceWithServers], view: View, coloured: bool) -> String {
    let mut out = Vec::new();
    let layout = Layout {
        view,
        exact: false,
        labels: &Labels::default(),
        meter: None,
        coloured,
        visible: None,
    };
    write_services(&mut out, table, &layout).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn a_line_is_coloured_by_the_state_of_its_server() {
    for (table, expected) in [
        (server(1, 0, 1, 0), vec![]),
        (server(1, 0, 0, 1), vec![]),
        (server(1, 0, 0, 0), vec![DIM]),
        // Drained, and still draining.
        (server(0, 0, 0, 0), vec![DIM, YELLOW]),
        (server(0, 0, 0, 1), vec![YELLOW]),
        // The kernel counts both kinds of connections.
        (server(1, 10, 5, 4), vec![]),
        (server(1, 10, 5, 5), vec![RED]),
        (server(0, 10, 11, 0), vec![RED]),
        (server(1, 1, u32::MAX, u32::MAX), vec![RED]),
    ] {
        for view in VIEWS {
            let coloured = shown(&table, view, true);
            let plain = shown(&table, view, false);
            let (service, line) = coloured.split_once('\n').unwrap();
            assert!(!service.contains('\x1b'), "{service:?}");
            let begin: String = expected.concat();
            assert!(line.starts_with(&format!("{begin}  -> ")), "{line:?}");
            let end = if expected.is_empty() {
                "\n"
            } else {
                "\x1b[0m\n"
            };
            assert!(line.ends_with(end), "{line:?}");
            let stripped = [RED, YELLOW, DIM, RESET]
                .iter()
                .fold(coloured.clone(), |text, code| text.replace(code, ""));
            assert_eq!(stripped, plain);
        }
    }
}

#[test]
fn a_service_without_servers_is_not_coloured() {
    let mut table = table(super::MEASURED);
    table.iter_mut().for_each(|service| service.servers.clear());
    sort(&mut table);
    for view in VIEWS {
        assert_eq!(shown(&table, view, true), shown(&table, view, false));
    }
}
