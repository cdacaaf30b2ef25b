//! What a watched table looks like: pages, marks, folding, the cursor, long names.

mod extremes;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::Duration;

use super::frames::texts;
use crate::commands::watch::frame::{Line, Size, width};
use crate::commands::watch::keys::Key;
use crate::commands::watch::view::{Shown, TableView};
use crate::format::labels::Labels;
use crate::format::pages::Page;
use crate::model::rates::Meter;
use crate::model::{
    Endpoint, Family, Forwarding, Name, Netmask, OtherFlags, Protocol, RealServer, RealServerEntry,
    SchedulerFlags, Service, ServiceEntry, ServiceId, ServiceWithServers, Stats,
};

type Table = Vec<ServiceWithServers>;

fn endpoint(text: &str) -> Endpoint {
    let place: SocketAddr = text.parse().unwrap();
    Endpoint {
        address: place.ip(),
        port: place.port(),
    }
}

fn service(address: &str, servers: &[(&str, i32, u32)]) -> ServiceWithServers {
    let endpoint = endpoint(address);
    let server = |&(address, weight, active): &(&str, i32, u32)| RealServerEntry {
        server: RealServer {
            endpoint: self::endpoint(address),
            forwarding: Forwarding::Masquerading,
            weight,
            upper_threshold: 0,
            lower_threshold: 0,
        },
        active_connections: active,
        inactive_connections: 7,
        persistent_connections: 0,
        stats: Stats::default(),
    };
    ServiceWithServers {
        entry: ServiceEntry {
            service: Service {
                id: ServiceId::Address {
                    protocol: Protocol::Tcp,
                    endpoint,
                },
                scheduler: Name::new(b"wlc").unwrap(),
                scheduler_flags: SchedulerFlags::default(),
                other_flags: OtherFlags::default(),
                persistence: None,
                netmask: Netmask::whole(Family::of(endpoint.address)),
                persistence_engine: None,
                one_packet: false,
            },
            stats: Stats::default(),
        },
        servers: servers.iter().map(server).collect(),
    }
}

fn two() -> Table {
    vec![
        service(
            "192.0.2.1:80",
            &[("10.0.0.1:80", 1, 5), ("10.0.0.2:80", 0, 0)],
        ),
        service("192.0.2.2:443", &[("10.0.0.3:443", 3, 1)]),
    ]
}

/// A view of a table on a screen.
struct Look {
    view: TableView,
    table: Table,
    labels: Labels,
    meter: Meter,
    size: Size,
}

impl Look {
    fn at(table: Table, rows: usize, columns: usize) -> Look {
        let mut view = TableView::new(Page::Load, false, true);
        view.observe(&table, None);
        Look {
            view,
            table,
            labels: Labels::default(),
            meter: Meter::default(),
            size: Size { rows, columns },
        }
    }

    fn becomes(&mut self, table: Table) {
        let before = std::mem::replace(&mut self.table, table);
        self.view.observe(&self.table, Some(before));
    }

    fn press(&mut self, key: Key) {
        self.view.follow(key, &self.table);
    }

    fn lines(&mut self) -> Vec<Line<'_>> {
        let shown = Shown {
            table: &self.table,
            labels: &self.labels,
            meter: &self.meter,
        };
        self.view
            .lines(shown, "2026-01-02T03:04:05Z every 1 s", self.size)
    }

    fn rows(&mut self) -> Vec<String> {
        let rows = texts(self.lines());
        rows.into_iter()
            .map(|row| row.trim_end().to_owned())
            .collect()
    }

    /// The names alone.
    fn names(&mut self) -> Vec<String> {
        let rows = self.rows().split_off(2);
        let name = |row: &String| row.chars().take(32).collect::<String>();
        rows.iter()
            .map(|row| name(row).trim_end().to_owned())
            .collect()
    }
}

#[test]
fn the_first_page_has_what_one_looks_for() {
    let mut look = Look::at(two(), 24, 80);
    assert_eq!(
        look.rows(),
        [
            "2026-01-02T03:04:05Z every 1 s  load 1/5, v: next  f F: fold  q: quit",
            "  Address:Port                      Conn/s New%         Active Inactive   Weight",
            "> TCP  192.0.2.1:80                      - 2 servers         5       14",
            "    -> 10.0.0.1:80                       -                   5        7        1",
            "    -> 10.0.0.2:80                       -                   0        7        0",
            "  TCP  192.0.2.2:443                     - 1 server          1        7",
            "    -> 10.0.0.3:443                      -                   1        7        3",
        ]
    );
}

#[test]
fn rates_and_shares() {
    let mut first = two();
    let mut second = two();
    for (table, counts) in [(&mut first, [0, 0]), (&mut second, [30, 10])] {
        for (entry, count) in table[0].servers.iter_mut().zip(counts) {
            entry.stats.connections = count;
        }
        table[0].entry.stats.connections = counts.iter().sum();
    }
    let mut look = Look::at(first.clone(), 24, 80);
    look.meter.observe(Duration::ZERO, &first);
    look.meter.observe(Duration::from_secs(2), &second);
    look.becomes(second);
    let rows = look.rows();
    assert!(rows[2].contains("    20 2 servers"), "{rows:#?}");
    assert!(rows[3].contains("    15  75% ####  "), "{rows:#?}");
    assert!(rows[4].contains("     5  25% #     "), "{rows:#?}");
}

#[test]
fn every_page_fits_80_columns_under_its_titles() {
    let mut table = two();
    for entry in &mut table[0].servers {
        entry.server.weight = i32::MAX;
        entry.server.upper_threshold = u32::MAX;
        entry.active_connections = u32::MAX;
        entry.inactive_connections = u32::MAX;
        entry.stats.in_bytes = u64::MAX;
        entry.stats.connection_rate = u64::MAX;
    }
    let mut look = Look::at(table, 24, 80);
    for page in Page::ALL {
        let rows = look.rows();
        let place = format!("{} {}/5, v: next", page.name(), page.index() + 1);
        assert!(rows[0].contains(&place), "{rows:#?}");
        assert_eq!(width(&page.titles()), page.width());
        for row in &rows {
            assert!(width(row) <= 80, "{} {row}", width(row));
        }
        // Numbers end under the ends of their titles.
        assert_eq!(width(&rows[1]), width(&rows[3]), "{rows:#?}");
        look.press(Key::NextPage);
    }
    assert!(look.rows()[0].contains("load 1/5"));
    look.press(Key::PreviousPage);
    assert!(look.rows()[0].contains("settings 5/5"));
    assert!(look.rows()[2].ends_with(" wlc"), "{:#?}", look.rows());
}

#[test]
fn the_first_line_names_the_keys_on_any_terminal() {
    for (columns, expected) in [
        (
            200,
            "2026-01-02T03:04:05Z every 1 s  load 1/5, v: next  f F: fold  q: quit",
        ),
        (68, "load 1/5, v: next  f F: fold  q: quit"),
        (20, "v: next  q: quit"),
        (5, "v: next  q: quit"),
    ] {
        let mut look = Look::at(two(), 5, columns);
        assert_eq!(look.rows()[0], expected, "{columns}");
    }
}

#[test]
fn services_fold_and_unfold() {
    let mut look = Look::at(two(), 24, 80);
    look.press(Key::Down);
    look.press(Key::Fold);
    // The cursor was on a server that is hidden now.
    let folded = [
        "> TCP  192.0.2.1:80 ...",
        "  TCP  192.0.2.2:443",
        "    -> 10.0.0.3:443",
    ];
    assert_eq!(look.names(), folded);
    // What was folded stays so.
    look.becomes(two());
    assert_eq!(look.names(), folded);
    look.press(Key::Fold);
    assert_eq!(look.names().len(), 5);
    look.press(Key::FoldAll);
    let all = ["> TCP  192.0.2.1:80 ...", "  TCP  192.0.2.2:443 ..."];
    assert_eq!(look.names(), all);
    look.press(Key::End);
    look.press(Key::Fold);
    let but_one = [
        "  TCP  192.0.2.1:80 ...",
        "> TCP  192.0.2.2:443",
        "    -> 10.0.0.3:443",
    ];
    assert_eq!(look.names(), but_one);
    look.press(Key::FoldAll);
    assert_eq!(look.names().len(), 5);
    // A service that comes while all are folded is folded.
    look.press(Key::FoldAll);
    let mut more = two();
    more.push(service("192.0.2.3:80", &[("10.0.0.9:80", 1, 0)]));
    look.becomes(more);
    assert_eq!(look.names()[2], " +TCP  192.0.2.3:80 ...");
}

#[test]
fn what_changed_is_marked_until_the_next_listing() {
    let mut look = Look::at(two(), 24, 80);
    assert!(look.names().iter().all(|name| !name.contains(['+', '*'])));
    let mut changed = two();
    changed[0].servers[0].server.weight = 9;
    changed[0].servers.remove(1);
    changed[0]
        .servers
        .push(service("192.0.2.1:80", &[("10.0.0.8:80", 1, 0)]).servers[0]);
    changed[1].entry.service.scheduler = Name::new(b"rr").unwrap();
    look.becomes(changed.clone());
    let marked = [
        "> TCP  192.0.2.1:80",
        " *  -> 10.0.0.1:80",
        " +  -> 10.0.0.8:80",
        " -  -> 10.0.0.2:80",
        " *TCP  192.0.2.2:443",
        "    -> 10.0.0.3:443",
    ];
    assert_eq!(look.names(), marked);
    assert!(look.rows()[5].ends_with(" gone"), "{:#?}", look.rows());
    look.becomes(changed.clone());
    let names = look.names();
    assert!(
        names.iter().all(|name| !name.contains(['+', '*'])),
        "{names:?}"
    );
    assert_eq!(names.len(), 5);
    // A service goes, with its servers; and all of the table.
    changed.remove(1);
    look.becomes(changed);
    assert_eq!(
        look.names()[3..],
        [" -TCP  192.0.2.2:443", " -  -> 10.0.0.3:443"]
    );
    look.becomes(Vec::new());
    assert_eq!(look.names().len(), 3);
    look.press(Key::Fold);
    assert_eq!(look.names().len(), 1);
    look.becomes(Vec::new());
    assert_eq!(look.names().len(), 0);
    look.press(Key::Fold);
    look.press(Key::End);
}

#[test]
fn a_folded_service_has_the_marks_of_its_servers() {
    let mut look = Look::at(two(), 24, 80);
    look.press(Key::FoldAll);
    let mut changed = two();
    changed[1].servers[0].server.weight = 4;
    // In another order they are the same.
    changed[0].servers.reverse();
    look.becomes(changed);
    assert_eq!(
        look.names(),
        ["> TCP  192.0.2.1:80 ...", " *TCP  192.0.2.2:443 ..."]
    );
}

#[test]
fn the_cursor_follows_what_it_is_on() {
    let mut look = Look::at(two(), 24, 80);
    look.press(Key::End);
    let mut table = two();
    table.reverse();
    look.becomes(table);
    let names = look.names();
    assert_eq!(names[1], ">   -> 10.0.0.3:443", "{names:?}");
    // When it is gone, it is shown once more, and then its service.
    let mut table = two();
    table[1].servers.clear();
    look.becomes(table.clone());
    assert_eq!(look.names()[4], ">-  -> 10.0.0.3:443");
    look.becomes(table);
    assert_eq!(look.names()[3], "> TCP  192.0.2.2:443");
}

#[test]
fn cells_that_changed_are_bold_and_states_coloured() {
    let mut look = Look::at(two(), 24, 80);
    let mut changed = two();
    changed[0].servers[0].active_connections = 6;
    look.becomes(changed);
    let lines = look.lines();
    let bold: Vec<&str> = lines[3]
        .0
        .iter()
        .filter(|(style, _)| style.get_effects().contains(anstyle::Effects::BOLD))
        .map(|(_, text)| text.trim())
        .collect();
    assert_eq!(bold, ["6"]);
    let yellow = Some(anstyle::AnsiColor::Yellow.into());
    // Behind the cursor.
    assert_eq!(lines[4].0[1].0.get_fg_color(), yellow);
    assert_eq!(lines[3].0[1].0.get_fg_color(), None);
}
