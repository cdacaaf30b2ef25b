//! A listing again and again: painted over the last one on a terminal, appended to it elsewhere.

mod frame;
mod keys;
mod terminal;
#[cfg(test)]
mod tests;

use std::io::Write;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use crate::cli::command::{ColorChoice, Format, List, Listed, View, Watch};
use crate::commands::error::Error;
use crate::commands::list::{self, Head, visible};
use crate::format::names::{Names, Purpose, System};
use crate::format::table::{self, Layout};
use crate::kernel::ipvs::{Ipvs, KernelError};
use crate::model::ServiceId;
use crate::model::rates::Meter;
use crate::model::scope::Scope;
use frame::{Page, Scroll};
use keys::Key;
use terminal::{Event, Screen};

/// What a listing is made of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// What the kernel tells the administrator.
    Whole,
    /// What /proc shows to everybody; counters are not among it, so nothing is measured.
    Visible,
}

/// Lists until the number of listings is reached, or until a key, a signal or an error ends it.
pub fn watch(
    ipvs: &mut Ipvs,
    out: &mut dyn Write,
    list: &List,
    scope: &Scope,
    watch: &Watch,
    sight: Sight,
) -> Result<(), Error> {
    let mut source = Source::new(ipvs, list, scope, sight);
    let mut ticks = Ticks::new(watch);
    if list.format != Format::Text || !terminal::is_paintable() {
        return append(&mut source, &mut ticks, out);
    }
    let left = on_screen(&mut source, &mut ticks, out, watch)?;
    match left {
        // The last listing stays, or it would be gone before it is read.
        ScreenEnd::CountedOut => write_block(out, &source),
        ScreenEnd::Quit => Ok(()),
    }
}

/// Appends one listing to the other.
fn append(source: &mut Source<'_>, ticks: &mut Ticks, out: &mut dyn Write) -> Result<(), Error> {
    let mut first = true;
    loop {
        source.list()?;
        // Programs that read documents want nothing between them.
        if source.list.format == Format::Text && !first {
            out.write_all(b"\n").map_err(Error::Output)?;
        }
        first = false;
        write_block(out, source)?;
        let Some(next) = ticks.next() else {
            return Ok(());
        };
        thread::sleep(next.saturating_duration_since(Instant::now()));
    }
}

/// Writes a listing, text under the time at which it was made.
fn write_block(out: &mut dyn Write, source: &Source<'_>) -> Result<(), Error> {
    let stamped = match source.list.format {
        Format::Text => writeln!(out, "{}", source.stamp),
        Format::Json | Format::Metrics => Ok(()),
    };
    stamped
        .and_then(|()| out.write_all(&source.text))
        .and_then(|()| out.flush())
        .map_err(Error::Output)
}

/// Why the screen ends.
enum ScreenEnd {
    CountedOut,
    Quit,
}

fn on_screen(
    source: &mut Source<'_>,
    ticks: &mut Ticks,
    out: &mut dyn Write,
    watch: &Watch,
) -> Result<ScreenEnd, Error> {
    let mut scroll = Scroll::default();
    // A first listing that fails needs no screen.
    source.list()?;
    let mut screen = Screen::enter(out)?;
    loop {
        let status = format!(
            "{}  every {} s  (q: quit, j k space b: scroll)",
            source.stamp,
            watch.interval.as_secs_f64()
        );
        let text = String::from_utf8_lossy(&source.text);
        let page = Page {
            status: &status,
            listing: &text,
            titles: source.titles,
        };
        let paint = |screen: &mut Screen<'_>, scroll: &mut Scroll| {
            let size = screen.size();
            screen.paint(&frame::compose(&page, size, scroll), size)
        };
        paint(&mut screen, &mut scroll)?;
        let Some(next) = ticks.next() else {
            return Ok(ScreenEnd::CountedOut);
        };
        loop {
            match screen.wait(next)? {
                Event::Time => break,
                Event::Key(Key::Quit) => return Ok(ScreenEnd::Quit),
                Event::Key(key) => scroll.follow(key),
                Event::Repaint => {}
            }
            paint(&mut screen, &mut scroll)?;
        }
        source.list()?;
    }
}

/// When listings are due.
struct Ticks {
    due: Instant,
    interval: Duration,
    /// How many listings are still to be made; `None` for no end.
    left: Option<u32>,
}

impl Ticks {
    fn new(watch: &Watch) -> Ticks {
        Ticks {
            due: Instant::now(),
            interval: watch.interval,
            left: watch.count,
        }
    }

    /// When the next listing is due, after one that was made; `None` where that was the last. Those
    /// that were missed, because the system was slow or asleep, are not made up for.
    fn next(&mut self) -> Option<Instant> {
        if let Some(left) = &mut self.left {
            *left = left.saturating_sub(1);
            if *left == 0 {
                return None;
            }
        }
        self.due = (self.due + self.interval).max(Instant::now());
        Some(self.due)
    }
}

/// Whether the service that is watched is not there.
fn is_missing(error: &Error) -> bool {
    error.refusal().is_some_and(KernelError::is_missing_service)
}

/// Where listings come from.
struct Source<'a> {
    ipvs: &'a mut Ipvs,
    list: &'a List,
    scope: &'a Scope,
    sight: Sight,
    names: Names<'a>,
    meter: Meter,
    begun: Instant,
    /// Whether the one service that is listed has existed before.
    found: bool,
    /// The last listing, the number of its lines that are titles, and its time.
    text: Vec<u8>,
    titles: usize,
    stamp: humantime::Rfc3339Timestamp,
    coloured: bool,
}

impl<'a> Source<'a> {
    fn new(ipvs: &'a mut Ipvs, list: &'a List, scope: &'a Scope, sight: Sight) -> Source<'a> {
        Source {
            ipvs,
            list,
            scope,
            sight,
            names: Names::new(&System, Purpose::Shown),
            meter: Meter::default(),
            begun: Instant::now(),
            found: false,
            text: Vec::new(),
            titles: 0,
            stamp: humantime::format_rfc3339_seconds(SystemTime::now()),
            coloured: list.color == ColorChoice::Always,
        }
    }

    /// Makes a listing.
    fn list(&mut self) -> Result<(), Error> {
        self.text.clear();
        self.stamp = humantime::format_rfc3339_seconds(SystemTime::now());
        match (self.list.format, self.list.what) {
            (_, what) if self.sight == Sight::Visible => self.list_visible(what),
            (Format::Text, Listed::Table { service, view }) => {
                self.list_table(service.as_ref(), view)
            }
            (_, what) => {
                let of_connections = matches!(what, Listed::Connections { .. });
                self.titles = if of_connections { 2 } else { 0 };
                list::list(self.ipvs, &mut self.text, self.list, self.scope).map(drop)
            }
        }
    }

    fn list_visible(&mut self, what: Listed) -> Result<(), Error> {
        let listed = visible::list(self.ipvs, &mut self.text, self.list, self.scope);
        let Listed::Table { service, view } = what else {
            return listed.map(drop);
        };
        self.titles = if service.is_none() { 3 } else { 2 };
        match listed {
            Err(error) if self.found && self.list.format == Format::Text && is_missing(&error) => {
                list::write_head(&mut self.text, None, view, false).map_err(Error::Output)
            }
            listed => {
                self.found = true;
                listed.map(drop)
            }
        }
    }

    fn list_table(&mut self, service: Option<&ServiceId>, view: View) -> Result<(), Error> {
        let now = self.begun.elapsed();
        let Head { info, services } = match list::head(self.ipvs, service, self.scope) {
            // It was deleted while it was watched, and may come back.
            Err(error) if self.found && is_missing(&error) => Head::default(),
            head => head?,
        };
        self.found = true;
        let mut table = self.ipvs.with_servers(&services, true)?;
        self.meter.observe(now, &table);
        list::arrangement(self.list, Some(&self.meter)).apply(&mut table);
        if !self.list.numeric {
            self.names.learn_table(&table);
        }
        let layout = Layout {
            view,
            exact: self.list.exact,
            labels: self.names.labels(),
            meter: Some(&self.meter),
            coloured: self.coloured,
            visible: None,
        };
        self.titles = if info.is_some() { 3 } else { 2 };
        list::write_head(&mut self.text, info.as_ref(), view, true)
            .and_then(|()| table::write_services(&mut self.text, &table, &layout))
            .map_err(Error::Output)
    }
}
