//! Every fault at every request and answer of a command.

use std::collections::HashSet;
use std::path::PathBuf;
use std::time::Duration;

use crate::commands::{self, Command};
use crate::faults::{self, Act, Fault, Then};
use crate::messages;
use crate::peer::Peer;
use crate::traced::{self, Outcome};
use director::{Case, Stage, State, case};
use net::{Context, Result};
use nix::libc;

pub const LIST: Case = case("answers-list", "listings", |stage| {
    everywhere(stage, &commands::LISTINGS)
});
pub const SAVE: Case = case("answers-save", "saving", |stage| {
    everywhere(stage, &commands::SAVES)
});
pub const CHANGE: Case = case("answers-change", "single changes", |stage| {
    everywhere(stage, &commands::CHANGES)
});
pub const RESTORE: Case = case("answers-restore", "restoring", |stage| {
    everywhere(stage, std::slice::from_ref(&commands::RESTORE))
});
pub const REPLACE: Case = case("answers-replace", "replacing", |stage| {
    everywhere(stage, std::slice::from_ref(&commands::REPLACE))
});
pub const ATOMIC: Case = case("answers-atomic", "restoring all or none", |stage| {
    everywhere(stage, std::slice::from_ref(&commands::ATOMIC))
});
pub const CHATTER: Case = case(
    "answers-endless",
    "answers to something else, for ever",
    |stage| {
        let director = Director::new(stage)?;
        // It takes all the time that the program waits; another kernel takes another command.
        let commands = [&commands::LISTINGS[0], &commands::CHANGES[0]];
        let clean = director.clean(commands[share()? % commands.len()])?;
        director.meet(&clean, &faults::CHATTER, clean.answers.len())
    },
);

/// A run may take as long as the program's patience, on a slow machine.
const LIMIT: Duration = Duration::from_secs(25);
/// The longest that the program may ask the kernel to wait for an answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// What is said of a listing without the right to ask the kernel.
const LESS: &str = "without CAP_NET_ADMIN the kernel does not show ";
/// Services of [`commands::TABLE`] in a whole listing, and in such a one.
const SHOWN_AS: [(&str, &str); 2] = [
    (
        "UDP  [2001:db8::1]:53 sh (sh-port)\n",
        "UDP  [2001:db8::1]:53 sh (?) ops?\n",
    ),
    ("FWM  7 rr\n", "FWM  7 ? rr\n"),
];

/// Set to `all`, every fault is met at every place; else each kernel takes another twelfth of them.
pub const VARIABLE: &str = "IPVSADM_TEST_FAULTS";
const SHARES: usize = 12;

fn everywhere(stage: &Stage, commands: &[Command]) -> Result<()> {
    let director = Director::new(stage)?;
    let (first, step) = match std::env::var_os(VARIABLE) {
        Some(word) if word == "all" => (0, 1),
        _ => (share()?, SHARES),
    };
    for (turn, command) in commands.iter().enumerate() {
        let clean = director.clean(command)?;
        let meetings = clean.meetings();
        let mine: Vec<_> = meetings
            .iter()
            .skip((first + turn) % step)
            .step_by(step)
            .collect();
        for (fault, place) in &mine {
            director.meet(&clean, fault, *place)?;
        }
        println!(
            "{}: {} of {} faults survived",
            command.line,
            mine.len(),
            meetings.len()
        );
    }
    Ok(())
}

/// This kernel's share: that of the second number of its version.
fn share() -> Result<usize> {
    let path = "/proc/sys/kernel/osrelease";
    let release = std::fs::read_to_string(path).context(|| path.to_owned())?;
    let number = release.split('.').nth(1).and_then(|word| word.parse().ok());
    Ok(number.unwrap_or(0) % SHARES)
}

/// A command that met no fault.
struct Clean<'a> {
    command: &'a Command,
    input: String,
    sent: usize,
    answers: Vec<Vec<u8>>,
    stdout: String,
    /// The table before and after it.
    before: State,
    after: State,
}

struct Director<'a> {
    stage: &'a Stage,
    directory: PathBuf,
}

impl<'a> Director<'a> {
    fn new(stage: &'a Stage) -> Result<Self> {
        stage.must(commands::DAEMON, "")?;
        stage.set(commands::TABLE)?;
        Ok(Self {
            stage,
            directory: stage.path("traced").and_then(|path| {
                std::fs::create_dir_all(&path).context(|| path.display().to_string())?;
                Ok(path)
            })?,
        })
    }

    fn clean<'c>(&self, command: &'c Command) -> Result<Clean<'c>> {
        self.stage.set(commands::TABLE)?;
        let before = self.table()?;
        let input = (command.input)();
        let mut peer = Peer::default();
        let outcome = self.run(command.line, &input, &mut peer)?;
        let well = outcome.status == Ok(0) && outcome.stderr.is_empty();
        self.stage.expect(
            &format!("{} without a fault", command.line),
            format_args!("{outcome:?}"),
            well && outcome.patience.is_some_and(|asked| asked <= PATIENCE),
        )?;
        Ok(Clean {
            command,
            input,
            sent: peer.sent,
            answers: peer.answers,
            stdout: outcome.stdout,
            before,
            after: self.table()?,
        })
    }

    /// Runs a command that meets a fault, and judges it.
    fn meet(&self, clean: &Clean<'_>, fault: &Fault, place: usize) -> Result<()> {
        if self.table()? != clean.before {
            self.stage.set(commands::TABLE)?;
        }
        let mut peer = Peer::new(fault, place);
        let outcome = self.run(clean.command.line, &clean.input, &mut peer)?;
        let table = self.table()?;
        let verdict = clean.judge(fault, &outcome, &table);
        let Outcome { status, stderr, .. } = &outcome;
        println!(
            "{}, {} {place}: {status:?} after {:.1} s: {}",
            clean.command.line,
            fault.name,
            outcome.took.as_secs_f64(),
            stderr.trim_end()
        );
        match verdict {
            Ok(()) => Ok(()),
            Err(expected) => self.stage.expect(
                expected,
                format_args!("{outcome:?}, table: {}", table.difference(&clean.after)),
                false,
            ),
        }
    }

    fn run(&self, line: &str, input: &str, peer: &mut Peer<'_>) -> Result<Outcome> {
        self.stage
            .director()?
            .on(|| traced::run(line, input, &self.directory, peer))?
    }

    /// Services and servers in any order.
    fn table(&self) -> Result<State> {
        let path = "/proc/thread-self/net/ip_vs";
        let text = self
            .stage
            .director()?
            .on(|| std::fs::read_to_string(path))?;
        Ok(State::new(&text.context(|| path.to_owned())?).sorted())
    }
}

impl Clean<'_> {
    /// Every fault at every place where it changes something.
    fn meetings(&self) -> Vec<(&'static Fault, usize)> {
        let places = self.places();
        let mut meetings = Vec::new();
        for fault in &faults::FAULTS {
            match fault.act {
                Act::Send(_) => meetings.extend((1..=self.sent).map(|place| (fault, place))),
                _ => {
                    let concerned = |place: &&usize| fault.concerns(&self.answers[**place]);
                    let places = places.iter().filter(concerned);
                    meetings.extend(places.map(|place| (fault, place + 1)));
                }
            }
        }
        meetings
    }

    /// Where the first answer of each kind comes.
    fn places(&self) -> Vec<usize> {
        let mut seen = HashSet::new();
        let mut before = Vec::new();
        let mut places = Vec::new();
        for (place, answer) in self.answers.iter().enumerate() {
            let mut kind = messages::kind(answer);
            // The message before the end of a dump shows which dump it was.
            if !messages::is_payload(answer) {
                kind.extend_from_slice(&before);
            }
            if seen.insert(kind.clone()) {
                places.push(place);
            }
            before = kind;
        }
        places
    }

    /// What was expected, where something else came.
    fn judge(
        &self,
        fault: &Fault,
        outcome: &Outcome,
        table: &State,
    ) -> std::result::Result<(), &'static str> {
        let demand = |holds: bool, what| if holds { Ok(()) } else { Err(what) };
        let stderr = outcome.stderr.as_str();
        demand(outcome.took < LIMIT, "an end within a bounded time")?;
        demand(!stderr.contains("panicked"), "no panic")?;
        match outcome.status {
            Err(_) => Err("an end of its own accord"),
            // A table is then listed as everybody may see it, and nothing else is.
            Ok(0) if matches!(fault.act, Act::Refuse(libc::EPERM)) => {
                demand(stderr.starts_with(LESS), "words for what is missing")?;
                demand(stderr.lines().count() == 1, "one line of them")?;
                demand(
                    outcome.stdout == self.as_everybody_sees_it(),
                    "all that is known",
                )
            }
            Ok(0) => {
                demand(fault.then != Then::Fails, "a failure")?;
                demand(outcome.stdout == self.stdout, "the right output")?;
                demand(stderr.is_empty(), "no words where nothing is wrong")?;
                demand(*table == self.after, "the changes that were asked for")
            }
            Ok(_) => {
                demand(fault.then != Then::Right, "success")?;
                let named = fault.words.iter().any(|word| stderr.contains(word));
                demand(named, "words for what was wrong")?;
                let part = self.stdout.starts_with(&outcome.stdout);
                demand(part, "no output that is wrong")?;
                demand(self.is_true(stderr, table), "a table as the words say")
            }
        }
    }

    /// The listing without what the kernel shows only to the administrator.
    fn as_everybody_sees_it(&self) -> String {
        SHOWN_AS
            .iter()
            .fold(self.stdout.clone(), |text, (whole, part)| {
                text.replace(whole, part)
            })
    }

    /// Whether the table is what a failed run says of it.
    fn is_true(&self, stderr: &str, table: &State) -> bool {
        let unknown = ["is not known", "NOT ALL OF IT COULD BE UNDONE"];
        if self.before == self.after || unknown.iter().any(|words| stderr.contains(words)) {
            return true;
        }
        let failed = stderr.lines().filter(|line| line.starts_with("line "));
        // Where not the line is wrong but the caller, only that is reported.
        let failed = failed.count().max(1);
        if self.command.by_line && table.count("") == self.after.count("") - failed {
            return true;
        }
        *table == self.before
    }
}
