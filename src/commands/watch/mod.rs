//! A listing again and again: painted over the last one on a terminal, appended to it elsewhere.

mod frame;
mod keys;
mod source;
mod terminal;
#[cfg(test)]
mod tests;
mod tree;
mod view;

use std::io::Write;
use std::thread;
use std::time::{Duration, Instant};

use crate::cli::command::{Format, List, Watch};
use crate::commands::error::Error;
use crate::commands::list::visible;
use crate::format::pages::Page;
use crate::kernel::ipvs::Ipvs;
use crate::model::scope::Scope;
use frame::{Line, Scroll, Size};
use keys::Key;
use source::{Listing, Source};
use terminal::{Event, Screen};
use view::{Shown, TableView};

/// What a listing is made of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// What the kernel tells the administrator.
    Whole,
    /// What /proc shows to everybody; counters are not among it, so nothing is measured.
    Visible,
}

/// How a watch ended that has not failed.
pub enum Watched {
    /// The number of listings was reached, or a key or a signal came.
    Over,
    /// The kernel refused the first listing, of which everybody may see a part: that can be watched instead. A later
    /// refusal is an error, because the listings would go on as something else.
    Denied,
}

/// Lists until the number of listings is reached, or until a key, a signal or an error ends it.
pub fn watch(
    ipvs: &mut Ipvs,
    out: &mut dyn Write,
    list: &List,
    scope: &Scope,
    watch: &Watch,
    sight: Sight,
) -> Result<Watched, Error> {
    let painted = list.format == Format::Text && terminal::is_paintable();
    let mut source = Source::new(ipvs, list, scope, sight, painted);
    let mut ticks = Ticks::new(watch);
    // One that fails needs no screen.
    let first = match source.list() {
        Err(error) if sight == Sight::Whole && visible::is_instead(&error, list) => {
            return Ok(Watched::Denied);
        }
        first => first?,
    };
    if !painted {
        append(&mut source, first, &mut ticks, out)?;
        return Ok(Watched::Over);
    }
    match on_screen(&mut source, first, &mut ticks, out, watch)? {
        // The last listing stays, or it would be gone before it is read.
        ScreenEnd::CountedOut(listing) => source.write(out, &listing)?,
        ScreenEnd::Quit => {}
    }
    Ok(Watched::Over)
}

/// Appends one listing to the other.
fn append(
    source: &mut Source<'_>,
    first: Listing,
    ticks: &mut Ticks,
    out: &mut dyn Write,
) -> Result<(), Error> {
    let mut listing = first;
    loop {
        source.write(out, &listing)?;
        let Some(next) = ticks.next() else {
            return Ok(());
        };
        thread::sleep(next.saturating_duration_since(Instant::now()));
        listing = source.list()?;
        // Programs that read documents want nothing between them.
        if source.list.format == Format::Text {
            out.write_all(b"\n").map_err(Error::Output)?;
        }
    }
}

/// Why the screen ends.
enum ScreenEnd {
    /// The last listing was made: this one.
    CountedOut(Listing),
    Quit,
}

fn on_screen(
    source: &mut Source<'_>,
    first: Listing,
    ticks: &mut Ticks,
    out: &mut dyn Write,
    watch: &Watch,
) -> Result<ScreenEnd, Error> {
    let mut listing = first;
    let mut seen = Seen::new(source, &listing);
    seen.observe(&listing, None);
    let mut screen = Screen::enter(out)?;
    loop {
        let when = format!("{} every {} s", source.stamp, watch.interval.as_secs_f64());
        let size = screen.size();
        screen.paint(&seen.lines(source, &listing, &when, size), size)?;
        let Some(next) = ticks.next() else {
            return Ok(ScreenEnd::CountedOut(listing));
        };
        loop {
            match screen.wait(next)? {
                Event::Time => break,
                Event::Key(Key::Quit) => return Ok(ScreenEnd::Quit),
                Event::Key(key) => seen.follow(key, &listing),
                Event::Repaint => {}
            }
            let size = screen.size();
            screen.paint(&seen.lines(source, &listing, &when, size), size)?;
        }
        let before = std::mem::replace(&mut listing, source.list()?);
        seen.observe(&listing, Some(before));
    }
}

/// How a listing is seen.
enum Seen {
    Table(Box<TableView>),
    Text(Scroll),
}

impl Seen {
    fn new(source: &Source<'_>, listing: &Listing) -> Seen {
        match listing {
            Listing::Table { view, .. } => {
                let view = TableView::new(Page::of(*view), source.list.exact, source.coloured);
                Seen::Table(Box::new(view))
            }
            Listing::Text { .. } => Seen::Text(Scroll::default()),
        }
    }

    fn observe(&mut self, listing: &Listing, before: Option<Listing>) {
        if let (Seen::Table(view), Listing::Table { table, .. }) = (self, listing) {
            let before = before.and_then(|before| match before {
                Listing::Table { table, .. } => Some(table),
                Listing::Text { .. } => None,
            });
            view.observe(table, before);
        }
    }

    fn follow(&mut self, key: Key, listing: &Listing) {
        match (self, listing) {
            (Seen::Table(view), Listing::Table { table, .. }) => view.follow(key, table),
            (Seen::Text(scroll), _) => scroll.follow(key),
            _ => {}
        }
    }

    /// The screen.
    fn lines<'a>(
        &mut self,
        source: &'a Source<'_>,
        listing: &'a Listing,
        when: &str,
        size: Size,
    ) -> Vec<Line<'a>> {
        match (self, listing) {
            (Seen::Table(view), Listing::Table { table, .. }) => {
                let (names, meter) = source.known();
                let labels = names.labels();
                let shown = Shown {
                    table,
                    labels,
                    meter,
                };
                view.lines(shown, when, size)
            }
            (Seen::Text(scroll), Listing::Text { text, titles }) => {
                text_lines(text, *titles, when, size, scroll)
            }
            _ => Vec::new(),
        }
    }
}

/// The screen of what has no rows of its own.
fn text_lines<'a>(
    text: &'a [u8],
    titles: usize,
    when: &str,
    size: Size,
    scroll: &mut Scroll,
) -> Vec<Line<'a>> {
    let mut lines = text.split(|byte| *byte == b'\n');
    const KEYS: &str = "q: quit  j k space b: scroll";
    let statuses = [
        format!("{when}  {KEYS}"),
        KEYS.to_owned(),
        "q: quit".to_owned(),
    ];
    let mut head = vec![Line::plain(frame::longest(statuses, size.columns))];
    let shown = |line: &'a [u8]| Line::plain(String::from_utf8_lossy(line));
    head.extend(lines.by_ref().take(titles).map(shown));
    let mut body: Vec<&[u8]> = lines.collect();
    // What follows the last line feed is no line.
    body.pop();
    frame::compose(head, body.len(), |row| shown(body[row]), size, scroll, None)
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
