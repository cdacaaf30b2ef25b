//! A watched table on a screen: a cursor, folded services, and a page of columns; no I/O.

use std::borrow::Cow;

use anstyle::Style;

use super::frame::{self, Line, Scroll, Size};
use super::keys::Key;
use super::tree::{self, Before, Change, Folding, Row};
use crate::format::labels::Labels;
use crate::format::pages::{Cell, Page};
use crate::format::palette;
use crate::model::rates::Meter;
use crate::model::{Endpoint, RealServerEntry, ServiceId, ServiceWithServers};

/// Columns of the names of services and servers: at most those of the longest address, and at least so many as tell
/// one from another.
const NAME: std::ops::RangeInclusive<usize> = 20..=56;
/// Columns before a name: the cursor and a mark.
const MARKS: usize = 2;

/// How the table is seen.
pub struct TableView {
    page: Page,
    exact: bool,
    coloured: bool,
    folding: Folding,
    before: Before,
    rows: Vec<Row>,
    /// The row of the cursor, and what was there.
    cursor: usize,
    at: Option<(ServiceId, Option<Endpoint>)>,
    scroll: Scroll,
}

/// What a table is shown with.
#[derive(Clone, Copy)]
pub struct Shown<'a> {
    pub table: &'a [ServiceWithServers],
    pub labels: &'a Labels,
    pub meter: &'a Meter,
}

impl TableView {
    pub fn new(page: Page, exact: bool, coloured: bool) -> TableView {
        TableView {
            page,
            exact,
            coloured,
            folding: Folding::default(),
            before: Before::default(),
            rows: Vec::new(),
            cursor: 0,
            at: None,
            scroll: Scroll::default(),
        }
    }

    /// Takes in a new listing, and the one before it.
    pub fn observe(
        &mut self,
        table: &[ServiceWithServers],
        before: Option<Vec<ServiceWithServers>>,
    ) {
        self.before = before.map(Before::new).unwrap_or_default();
        self.arrange(table);
    }

    /// Lists the rows anew, and keeps the cursor where it was.
    fn arrange(&mut self, table: &[ServiceWithServers]) {
        self.rows = tree::rows(table, &self.before, &self.folding);
        let place = |at| {
            let mut rows = self.rows.iter();
            rows.position(|row| self.identity(table, *row) == Some(at))
        };
        // Where a server is folded away or gone, its service is next to it.
        let found = self
            .at
            .and_then(|at| place(at).or_else(|| place((at.0, None))));
        let last = self.rows.len().saturating_sub(1);
        self.cursor = found.unwrap_or(self.cursor).min(last);
        self.note_cursor(table);
    }

    fn note_cursor(&mut self, table: &[ServiceWithServers]) {
        let row = self.rows.get(self.cursor);
        self.at = row.and_then(|row| self.identity(table, *row));
    }

    /// What a row is about: a service, and a server of it.
    fn identity(
        &self,
        table: &[ServiceWithServers],
        row: Row,
    ) -> Option<(ServiceId, Option<Endpoint>)> {
        let (listed, server) = match row {
            Row::Service(place) => (table.get(place)?, None),
            Row::Server(place, server) => (table.get(place)?, Some(server)),
            Row::GoneService(place) => (self.before.gone_service(place)?, None),
            Row::GoneServer(place, server) => (self.before.gone_service(place)?, Some(server)),
        };
        let endpoint = server.and_then(|server| listed.servers.get(server));
        let endpoint = endpoint.map(|entry| entry.server.endpoint);
        Some((listed.entry.service.id, endpoint))
    }

    /// Follows a key.
    pub fn follow(&mut self, key: Key, table: &[ServiceWithServers]) {
        match key {
            Key::NextPage => self.page = self.page.turned(1),
            Key::PreviousPage => self.page = self.page.turned(Page::ALL.len() - 1),
            Key::Fold => {
                if let Some((id, _)) = self.at {
                    self.folding.toggle(id);
                    self.arrange(table);
                }
            }
            Key::FoldAll => {
                self.folding.toggle_all();
                self.arrange(table);
            }
            key => {
                self.cursor = self.scroll.cursor(self.cursor, key, self.rows.len());
                self.note_cursor(table);
            }
        }
    }

    /// The screen; `when` says when the table was listed, and how often it is.
    pub fn lines<'a>(&mut self, shown: Shown<'a>, when: &str, size: Size) -> Vec<Line<'a>> {
        let name = size.columns.saturating_sub(self.page.width());
        let name = name.clamp(*NAME.start(), *NAME.end());
        let titles = format!("{:name$}{}", "  Address:Port", self.page.titles());
        let head = vec![
            Line::plain(self.status(when, size.columns)),
            Line::plain(titles),
        ];
        let mut scroll = self.scroll;
        let line = |row: usize| {
            let mut line = self.line(self.rows[row], shown, name);
            let cursor = if row == self.cursor { ">" } else { " " };
            line.0.insert(0, (Style::new(), cursor.into()));
            line
        };
        let lines = frame::compose(
            head,
            self.rows.len(),
            line,
            size,
            &mut scroll,
            Some(self.cursor),
        );
        self.scroll = scroll;
        lines
    }

    /// The first line: as much as fits, the keys before anything else.
    fn status(&self, when: &str, columns: usize) -> String {
        let (name, number) = (self.page.name(), self.page.index() + 1);
        let count = Page::ALL.len();
        let long = format!("{when}  {name} {number}/{count}, v: next  f F: fold  q: quit");
        let middle = format!("{name} {number}/{count}, v: next  f F: fold  q: quit");
        let short = "v: next  q: quit".to_owned();
        frame::longest([long, middle, short], columns)
    }

    fn line<'a>(&self, row: Row, shown: Shown<'a>, name: usize) -> Line<'a> {
        let Shown { table, labels, .. } = shown;
        match row {
            Row::Service(place) => self.service(&table[place], shown, name),
            Row::Server(place, server) => {
                let listed = &table[place];
                self.server(listed, &listed.servers[server], shown, name)
            }
            Row::GoneService(place) => match self.before.gone_service(place) {
                Some(listed) => gone(service_name(labels, &listed.entry.service.id), name),
                None => Line::default(),
            },
            Row::GoneServer(place, server) => match self.before.gone_service(place) {
                Some(listed) => gone(server_name(labels, listed, &listed.servers[server]), name),
                None => Line::default(),
            },
        }
    }

    fn service<'a>(&self, listed: &ServiceWithServers, shown: Shown<'_>, name: usize) -> Line<'a> {
        let id = &listed.entry.service.id;
        let folded = self.folding.is_folded(id);
        let change = self.before.change_of_service(listed, folded);
        let rates = shown.meter.service(id);
        let cells = |listed| self.page.service(listed, rates, self.exact);
        let old = self.before.service(id).map(cells);
        let mut text = service_name(shown.labels, id);
        if folded {
            text.push_str(" ...");
        }
        let name = fitted(change, &text, name);
        styled(Style::new(), name, cells(listed), old)
    }

    fn server<'a>(
        &self,
        listed: &ServiceWithServers,
        entry: &RealServerEntry,
        shown: Shown<'_>,
        name: usize,
    ) -> Line<'a> {
        let id = &listed.entry.service.id;
        let change = self.before.change_of_server(id, entry);
        let rates = shown.meter.servers(id);
        let own = rates.of(&entry.server.endpoint);
        let all = rates.connections();
        let cells = |entry| self.page.server(entry, own, all, self.exact);
        let old = self.before.server(id, &entry.server.endpoint).map(cells);
        let style = match self.coloured {
            true => palette::server(entry),
            false => Style::new(),
        };
        let name = fitted(change, &server_name(shown.labels, listed, entry), name);
        styled(style, name, cells(entry), old)
    }
}

fn service_name(labels: &Labels, id: &ServiceId) -> String {
    let title = id.protocol().map_or("FWM", |protocol| protocol.title());
    let mut text = format!("{title:4} ");
    labels.service(id).push(&mut text);
    text
}

fn server_name(labels: &Labels, listed: &ServiceWithServers, entry: &RealServerEntry) -> String {
    let mut text = "  -> ".to_owned();
    let label = labels.server(&listed.entry.service.id, &entry.server);
    label.push(&mut text);
    text
}

/// The line of what is not there any more.
fn gone<'a>(text: String, name: usize) -> Line<'a> {
    Line::plain(fitted(Change::Went, &text, name) + " gone")
}

/// A mark and a name in so many columns together with the cursor. Of a long name the middle is left out: its end
/// tells ports apart.
fn fitted(change: Change, text: &str, columns: usize) -> String {
    let room = columns.saturating_sub(MARKS);
    let mut line = String::from(change.mark());
    let used = frame::width(text);
    if used <= room {
        line.push_str(text);
        line.push_str(&" ".repeat(room - used));
        return line;
    }
    let end = room / 3;
    let start = frame::cut(text, room.saturating_sub(end + 1));
    let tail = text.char_indices().map(|(index, _)| &text[index..]);
    let tail = tail.into_iter().find(|tail| frame::width(tail) <= end);
    line.push_str(start);
    line.push('~');
    line.push_str(tail.unwrap_or_default());
    // A wide character may have left a column.
    line.push_str(&" ".repeat((room + 1).saturating_sub(frame::width(&line))));
    line
}

/// A line in a style, with the cells that changed in bold.
fn styled<'a>(style: Style, name: String, cells: Vec<Cell>, old: Option<Vec<Cell>>) -> Line<'a> {
    let mut pieces: Vec<(Style, Cow<'a, str>)> = vec![(style, name.into())];
    for (column, cell) in cells.into_iter().enumerate() {
        let changed = old
            .as_ref()
            .is_some_and(|old| old.get(column) != Some(&cell));
        let style = if changed { style.bold() } else { style };
        pieces.push((style, cell.0.into()));
    }
    Line(pieces)
}
