//! The reference in one namespace, ours in another: line by line they have to do the same.

use std::fmt::Write as _;
use std::io;

use super::rules;
use super::state::{Kernel, State};
use super::tables;
use super::words::{self, Token};
use crate::bench::show;
use crate::program::{Family, Outcome};
use crate::scenario::{Line, Program};
use crate::space::Space;

const EVERYTHING: &str = "-S -n\n-L -n --thresholds\n-L --timeout\n-L --daemon\n";

/// A namespace with a look into the kernel's table.
struct Side {
    space: Space,
    kernel: Kernel,
    /// What was there after the last line.
    state: State,
}

impl Side {
    fn new() -> io::Result<Self> {
        let space = Space::new()?;
        let kernel = Kernel::open()?;
        Ok(Self {
            space,
            state: kernel.state()?,
            kernel,
        })
    }

    fn look(&mut self) -> io::Result<()> {
        self.state = self.kernel.state()?;
        Ok(())
    }

    fn clear(&mut self) -> io::Result<()> {
        self.kernel.clear()?;
        self.kernel.stop_daemons()?;
        self.look()
    }
}

impl Drop for Side {
    fn drop(&mut self) {
        // The services of a namespace that is removed are deleted some time later: up to Linux 6.x from the table that
        // all namespaces share, possibly while somebody lists it.
        let _ = self
            .kernel
            .clear()
            .and_then(|()| self.kernel.stop_daemons());
    }
}

pub struct Pair<'a> {
    reference: &'a Family,
    ours: &'a Family,
    /// What only reads runs here for both, so that even the kernel's own order is the same.
    left: Side,
    right: Side,
}

impl<'a> Pair<'a> {
    pub fn fresh(reference: &'a Family, ours: &'a Family) -> io::Result<Self> {
        Ok(Self {
            reference,
            ours,
            left: Side::new()?,
            right: Side::new()?,
        })
    }

    /// The table that both have.
    pub fn state(&self) -> &State {
        &self.left.state
    }

    /// Empties both, and puts the same rules into them.
    pub fn restore(&mut self, rules: &str) -> io::Result<()> {
        let line = Line::new("-R").input(rules);
        for side in [&mut self.left, &mut self.right] {
            side.clear()?;
            side.space.enter()?;
            self.reference.start(&line)?.finish()?;
            side.look()?;
        }
        Ok(())
    }

    /// Runs a line with both; what differs, and is not meant to, comes back as text.
    pub fn step(&mut self, line: &Line) -> io::Result<Option<String>> {
        let before = self.left.state.clone();
        if let Some(input) = &line.input {
            // The lines before a difference would be done already, so nothing can be tried.
            let mut other = line.clone();
            other.input = Some(rules::for_reference(input, self.ours)?);
            let (theirs, ours) = self.both(&other, line)?;
            return match self.same(&other, &before, &theirs, &ours)? {
                true => Ok(None),
                false => self.report(&theirs, &ours).map(Some),
            };
        }
        let (mut theirs, ours) = self.both(line, line)?;
        if self.same(line, &before, &theirs, &ours)? {
            return Ok(None);
        }
        if let Some(words) = words::for_reference(&line.words)
            && self.left.state == before
        {
            let mut other = line.clone();
            other.words = words;
            if other.only_reads() {
                return self.both_read(&other, line);
            }
            self.left.space.enter()?;
            theirs = self.reference.start(&other)?.finish()?;
            self.left.look()?;
            if self.same(&other, &before, &theirs, &ours)? {
                return Ok(None);
            }
        }
        self.report(&theirs, &ours).map(Some)
    }

    /// Runs the reference's line and ours.
    fn both(&mut self, theirs: &Line, ours: &Line) -> io::Result<(Outcome, Outcome)> {
        let reads = theirs.only_reads() && ours.only_reads();
        let (left, right) = (&self.left.space, &self.right.space);
        left.enter()?;
        let theirs = self.reference.start(theirs)?;
        let outcomes = if ours.input.as_deref().is_some_and(rules::list) {
            // Nothing lists while something changes.
            let theirs = theirs.finish()?;
            right.enter()?;
            (theirs, self.ours.start(ours)?.finish()?)
        } else {
            if !reads {
                right.enter()?;
            }
            let ours = self.ours.start(ours)?;
            (theirs.finish()?, ours.finish()?)
        };
        self.left.look()?;
        self.right.look()?;
        Ok(outcomes)
    }

    fn both_read(&mut self, theirs: &Line, ours: &Line) -> io::Result<Option<String>> {
        let before = self.left.state.clone();
        self.left.space.enter()?;
        let outcomes = (
            self.reference.start(theirs)?.finish()?,
            self.ours.start(ours)?.finish()?,
        );
        self.left.look()?;
        match self.same(theirs, &before, &outcomes.0, &outcomes.1)? {
            true => Ok(None),
            false => self.report(&outcomes.0, &outcomes.1).map(Some),
        }
    }

    /// Whether both did the same, or what they are meant to do differently.
    fn same(
        &mut self,
        line: &Line,
        before: &State,
        theirs: &Outcome,
        ours: &Outcome,
    ) -> io::Result<bool> {
        if theirs.stderr.is_empty() != ours.stderr.is_empty() && theirs.status == ours.status {
            return Ok(false);
        }
        if line.program == Program::Restore && !theirs.stderr.is_empty() {
            return self.restored(line, before, theirs, ours);
        }
        if self.left.state != self.right.state {
            return Ok(false);
        }
        let status = theirs.status == ours.status || status_of_restore(line, theirs, ours);
        Ok(status && (theirs.stdout == ours.stdout || self.prints(line, theirs, ours)?))
    }

    /// What ours makes of rules in `ipvsadm-restore` with which the reference finds fault.
    fn restored(
        &mut self,
        line: &Line,
        before: &State,
        theirs: &Outcome,
        ours: &Outcome,
    ) -> io::Result<bool> {
        if theirs.stdout != ours.stdout || ours.stderr.is_empty() {
            return Ok(false);
        }
        // The difference `restore-duplicates`.
        if ours.status == 0 {
            let once = String::from_utf8_lossy(&ours.stderr).contains("counts once");
            return Ok(once && self.left.state == self.right.state);
        }
        // The difference `restore-whole`: an empty table gets every line that can be applied, another one stays.
        if before.has_services() {
            let meant = self.right.state == *before;
            if meant && self.left.state != *before {
                // The script goes on with tables that are the same.
                self.left.clear()?;
                self.right.clear()?;
            }
            return Ok(meant);
        }
        let rules: Vec<&str> = line.input.iter().flat_map(|input| input.lines()).collect();
        if self.each_alone(&rules)? {
            return Ok(true);
        }
        // A rule that contradicts an earlier one is refused, even where the kernel then refuses that one.
        let complaints = String::from_utf8_lossy(&ours.stderr);
        self.each_alone(&rules::without_contradictions(&rules, &complaints))
    }

    /// Whether ours has what the reference makes of an empty table if every rule is a call of its own.
    fn each_alone(&mut self, rules: &[&str]) -> io::Result<bool> {
        self.left.kernel.clear()?;
        self.left.space.enter()?;
        for rule in rules {
            let line = Line::new("-R").input(rule);
            self.reference.start(&line)?.finish()?;
        }
        self.left.look()?;
        Ok(self.left.state == self.right.state)
    }

    /// Whether ours prints what the reference's text is without the differences in it.
    fn prints(&mut self, line: &Line, theirs: &Outcome, ours: &Outcome) -> io::Result<bool> {
        let (Ok(left), Ok(right)) = (
            std::str::from_utf8(&theirs.stdout),
            std::str::from_utf8(&ours.stdout),
        ) else {
            return Ok(false);
        };
        let begins = |text: &str| text.starts_with("ipvsadm v");
        if begins(left) && begins(right) && right.ends_with('\n') {
            return Ok(true);
        }
        let Some(reading) = rules::reading(line) else {
            return Ok(false);
        };
        // In the same order, and of the same service.
        let of_service = |token: &&Token| token.is_service() || token.is_six();
        let in_order = |token: &&Token| token.name == "nosort";
        let saves = reading.iter().any(Token::is_saving);
        let same = reading
            .iter()
            .filter(|token| in_order(token) || (of_service(token) && !saves));
        let mut aside = Line::new("-L -n --thresholds");
        aside.words.extend(same.flat_map(Token::words));
        self.left.space.enter()?;
        let thresholds = self.reference.start(&aside)?.finish()?;
        let thresholds = String::from_utf8_lossy(&thresholds.stdout);
        let sorted = !reading.iter().any(|token| in_order(&token));
        let expected = tables::expected(left, &thresholds, sorted);
        Ok(expected.is_some_and(|expected| {
            expected == right || tables::only_names_differ(&expected, right)
        }))
    }

    fn report(&mut self, theirs: &Outcome, ours: &Outcome) -> io::Result<String> {
        let mut text = String::new();
        let mut part = |title, body: &str| {
            let _ = writeln!(text, "--- {title}\n{body}");
        };
        part("reference", &show(theirs));
        part("ours", &show(ours));
        if self.left.state != self.right.state {
            let line = Line::new("-R").input(EVERYTHING);
            for (title, side) in [("its table", &self.left), ("our table", &self.right)] {
                side.space.enter()?;
                part(title, &show(&self.reference.start(&line)?.finish()?));
            }
        }
        Ok(text)
    }
}

/// The difference `restore-status`: a line failed, though not the last one.
fn status_of_restore(line: &Line, theirs: &Outcome, ours: &Outcome) -> bool {
    line.input.is_some() && theirs.status == 0 && !theirs.stderr.is_empty() && ours.status == 255
}
