//! Runs a scenario with both families of programs and compares after every line.

use std::fmt::Write as _;
use std::io;

use ipvsadm::cli::notice;

use super::program::{Family, Outcome, Running};
use super::scenario::{Instead, Line, Scenario, Stdout, Step, Want};
use super::space::Space;

/// One process prints all that `/proc/net/ip_vs` does not have: the reference reads any command from a restore.
const QUESTIONS: &str = "-S -n\n-L -n --thresholds\n-L --timeout\n-L --daemon\n";
const FRESH: &str = "-C\n--set 900 120 300\n";
const NO_DAEMONS: &str = "--stop-daemon master\n--stop-daemon backup\n";

/// A namespace for each family.
///
/// What changes tables runs in both namespaces at once, and what reads them too; but nothing reads while something
/// changes. Up to Linux 6.x all namespaces share one table, and a listing that takes more than one message goes
/// on at a position that counts the services of others: it skips some if those change meanwhile.
pub struct Bench {
    reference: Family,
    ours: Family,
    /// Where the reference makes its changes. What only reads is run here by both, so that the kernel's own order
    /// is the same for both.
    left: Space,
    /// Where ours makes its changes.
    right: Space,
}

/// What a line did.
#[derive(PartialEq, Eq)]
struct Effect {
    outcome: Outcome,
    state: String,
}

impl Bench {
    pub fn new(reference: &Family, ours: &Family) -> io::Result<Self> {
        Ok(Self {
            reference: reference.clone(),
            ours: ours.clone(),
            left: Space::new()?,
            right: Space::new()?,
        })
    }

    /// Runs all lines; what differs comes back as text.
    pub fn run(&mut self, scenario: &Scenario) -> io::Result<Option<String>> {
        let mut report = String::new();
        let mut changed = false;
        for step in &scenario.steps {
            let reads = step.line.only_reads();
            if !changed {
                let spaces = &mut [&mut self.left, &mut self.right];
                let needed = if reads { 1 } else { 2 };
                prepare(&self.reference, &mut spaces[..needed], scenario.setup)?;
            }
            let difference = if reads {
                self.read(step)?
            } else {
                let difference = self.change(step, scenario.setup)?;
                changed |= self.left.setup.is_none();
                difference
            };
            if let Some(difference) = difference {
                let _ = writeln!(report, "{}\n{difference}", step.line);
            }
        }
        Ok((!report.is_empty()).then(|| format!("setup:\n{}{report}", scenario.setup)))
    }

    /// A line that only reads: both run on one table, and leave it alone.
    fn read(&mut self, step: &Step) -> io::Result<Option<String>> {
        let before = self.left.kernel_table()?;
        let theirs = self.reference.start(&step.line)?;
        let ours = self.ours.start(&step.line)?;
        let theirs = Effect {
            outcome: theirs.finish()?,
            state: before,
        };
        let ours = Effect {
            outcome: ours.finish()?,
            state: self.left.kernel_table()?,
        };
        Ok(judge(step, None, &theirs, &ours))
    }

    fn change(&mut self, step: &Step, setup: &'static str) -> io::Result<Option<String>> {
        let line = &step.line;
        let mut original = None;
        let mut instead = line;
        if let Want::Different(
            _,
            Instead {
                reference: Some(other),
                ..
            },
        ) = &step.want
        {
            self.left.enter()?;
            let outcome = self.reference.start(line)?.finish()?;
            let mut effect = effect(outcome, &mut self.left, line)?;
            effect
                .state
                .push_str(&answers(&self.reference, &mut [&mut self.left])?[0]);
            original = Some(effect);
            self.left.setup = None;
            prepare(&self.reference, &mut [&mut self.left], setup)?;
            instead = other;
        }
        self.left.enter()?;
        let theirs = self.reference.start(instead)?;
        // Rules may have lines that read.
        let (theirs, ours) = if line.input.is_some() {
            let theirs = theirs.finish()?;
            self.right.enter()?;
            (theirs, self.ours.start(line)?.finish()?)
        } else {
            self.right.enter()?;
            let ours = self.ours.start(line)?;
            (theirs.finish()?, ours.finish()?)
        };
        let mut theirs = effect(theirs, &mut self.left, instead)?;
        let mut ours = effect(ours, &mut self.right, line)?;
        // Where both failed and the kernel's text is as before, there is nothing more to ask.
        if self.left.setup.is_none() || self.right.setup.is_none() || original.is_some() {
            let states = answers(&self.reference, &mut [&mut self.left, &mut self.right])?;
            theirs.state.push_str(&states[0]);
            ours.state.push_str(&states[1]);
            self.left.setup = None;
            self.right.setup = None;
        }
        Ok(judge(step, original.as_ref(), &theirs, &ours))
    }
}

/// Notes whether a namespace is as it was before a line.
fn effect(outcome: Outcome, space: &mut Space, line: &Line) -> io::Result<Effect> {
    let state = space.kernel_table()?;
    if outcome.status == 0 || line.input.is_some() || state != space.table {
        space.setup = None;
    }
    space.daemons |= line.mentions_daemons();
    Ok(Effect { outcome, state })
}

/// Runs a line of the reference in several namespaces at once.
fn everywhere(reference: &Family, spaces: &[&mut Space], line: &Line) -> io::Result<Vec<Outcome>> {
    let start = |space: &&mut Space| {
        space.enter()?;
        reference.start(line)
    };
    let running: Vec<Running> = spaces.iter().map(start).collect::<io::Result<_>>()?;
    running.into_iter().map(Running::finish).collect()
}

/// Puts the namespaces' tables into a known state; the thread is in the first one afterwards.
fn prepare(reference: &Family, spaces: &mut [&mut Space], setup: &'static str) -> io::Result<()> {
    let mut unready: Vec<&mut Space> = Vec::new();
    for space in spaces.iter_mut() {
        if space.setup != Some(setup) {
            unready.push(space);
        }
    }
    if unready.iter().any(|space| space.daemons) {
        // There may be none, which is an error.
        everywhere(reference, &unready, &Line::new("-R").input(NO_DAEMONS))?;
    }
    let line = Line::new("-R").input(&format!("{FRESH}{setup}"));
    for outcome in everywhere(reference, &unready, &line)? {
        if outcome.status != 0 || !outcome.stderr.is_empty() || !outcome.stdout.is_empty() {
            let text = show(&outcome);
            return Err(io::Error::other(format!("setup:\n{setup}{text}")));
        }
    }
    for space in unready {
        space.table = space.kernel_table()?;
        space.setup = Some(setup);
        space.daemons = false;
    }
    match spaces.first() {
        Some(space) => space.enter(),
        None => Ok(()),
    }
}

fn answers(reference: &Family, spaces: &mut [&mut Space]) -> io::Result<Vec<String>> {
    let line = Line::new("-R").input(QUESTIONS);
    let outcomes = everywhere(reference, spaces, &line)?;
    Ok(outcomes
        .iter()
        .map(|outcome| format!("\n{}", show(outcome)))
        .collect())
}

/// Reports what is not as wanted.
fn judge(step: &Step, original: Option<&Effect>, theirs: &Effect, ours: &Effect) -> Option<String> {
    let default = Instead::default();
    let (name, instead) = match &step.want {
        Want::Same => (None, &default),
        Want::Different(name, instead) => (Some(*name), instead),
    };
    let mut wrong = Vec::new();
    let (left, right) = (&theirs.outcome, &ours.outcome);
    if right.status != instead.status.unwrap_or(left.status) {
        wrong.push("exit status");
    }
    let stdout_fits = match &instead.stdout {
        None => right.stdout == left.stdout,
        Some(Stdout::Exactly(text)) => right.stdout == text.as_bytes(),
        Some(Stdout::Around(begin, end)) => {
            right.stdout.starts_with(begin.as_bytes()) && right.stdout.ends_with(end.as_bytes())
        }
    };
    if !stdout_fits {
        wrong.push("standard output");
    }
    let complains = !left.stderr.is_empty() || is_odd(&step.line);
    if right.stderr.is_empty() == instead.stderr.unwrap_or(complains) {
        wrong.push("standard error");
    }
    if ours.state != theirs.state {
        wrong.push("kernel state");
    }
    let same = |effect: &Effect| {
        effect.state == ours.state
            && effect.outcome.status == right.status
            && effect.outcome.stdout == right.stdout
            && effect.outcome.stderr.is_empty() == right.stderr.is_empty()
    };
    if name.is_some() && wrong.is_empty() && same(original.unwrap_or(theirs)) {
        wrong.push("nothing: the listed difference is none, and");
    }
    if wrong.is_empty() {
        return None;
    }
    let mut text = format!("differs in {}", wrong.join(", "));
    if let Some(name) = name {
        let _ = write!(
            text,
            " (from what the difference '{name}' allows: {instead:?})"
        );
    }
    let _ = write!(
        text,
        "\n--- reference\n{}--- ours\n{}",
        show(left),
        show(right)
    );
    if ours.state != theirs.state {
        let _ = write!(
            text,
            "--- state, reference\n{}\n--- state, ours\n{}\n",
            theirs.state, ours.state
        );
    }
    Some(text)
}

/// Whether ours says on standard error what a line means that the reference carries out in silence.
fn is_odd(line: &Line) -> bool {
    let rules = line.input.iter().flat_map(|input| input.lines());
    let mut odd = rules.map(|rule| notice::find(rule.split_whitespace()));
    odd.any(|notices| !notices.is_empty())
        || !notice::find(line.words.iter().map(String::as_str)).is_empty()
}

/// An outcome for the report of a difference.
pub fn show(outcome: &Outcome) -> String {
    let mut text = format!("status {}\n", outcome.status);
    for (mark, stream) in [("o", &outcome.stdout), ("e", &outcome.stderr)] {
        for line in String::from_utf8_lossy(stream).lines() {
            let _ = writeln!(text, "{mark}: {}", line.escape_debug());
        }
    }
    text
}
