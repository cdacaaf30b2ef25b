//! The two sides of a case: the same network and the same files twice, once with our ipvsadm and once with the
//! reference in its place, one after the other. Up to Linux 6.x the kernel keeps the services of all network
//! namespaces in one table, and while a dump of one namespace is under way, a change in another makes it show a
//! service twice or not at all.

use std::cell::RefCell;
use std::fmt;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use net::{Context, Error, Host, Lan, Net, Output, Result};
use nix::sched::{CloneFlags, unshare};

/// How long to wait for what must come.
const PATIENCE: Duration = Duration::from_secs(40);
/// Gives a side files of its own; this is run in a mount namespace of its own.
const OWN_FILES: &str = "
set -e
mkdir -p /mnt
mount -t tmpfs etc /mnt
cp -a /etc/. /mnt
mount -o move /mnt /etc
for dir in /run /tmp /var/log; do mount -t tmpfs own $dir; done
mkdir /run/netns /run/lock
";
/// Puts the reference in the place of ours.
const REFERENCE: &str = "
set -e
for name in ipvsadm ipvsadm-save ipvsadm-restore; do
	mount -o bind /opt/reference/$name /sbin/$name
done
";

/// Which ipvsadm is at `/sbin/ipvsadm`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Ours,
    Reference,
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Ours => "ours",
            Self::Reference => "reference",
        })
    }
}

/// A side while its case is played.
pub struct Bench {
    pub side: Side,
    net: Net,
    notes: RefCell<Vec<Note>>,
}

/// Something seen on one side that must be seen on the other.
#[derive(Debug)]
struct Note {
    what: String,
    text: String,
    /// Whether ours may have more words around the reference's.
    more: bool,
}

impl Note {
    /// Whether this, seen with ours, is as good as what was seen with the reference.
    fn agrees(&self, reference: &Note) -> bool {
        let same = self.text == reference.text;
        self.what == reference.what && (same || self.more && self.text.contains(&reference.text))
    }
}

impl Bench {
    /// The host with ipvsadm.
    pub fn director(&self) -> Result<&Host> {
        self.host("director")
    }

    /// Any host of the network.
    pub fn host(&self, name: &str) -> Result<&Host> {
        self.net.host(name)
    }

    /// Says something in the transcript.
    pub fn say(&self, text: &str) {
        for line in text.lines() {
            println!("{:>9}: {}", self.side, line.escape_debug());
        }
    }

    /// Runs a shell's command line on the director, whatever comes of it.
    pub fn attempt(&self, line: &str) -> Result<Output> {
        self.say(&format!("# {line}"));
        let output = self.director()?.shell(line)?;
        self.say(&output.text);
        Ok(output)
    }

    /// Runs one that must succeed and gives what it printed.
    pub fn run(&self, line: &str) -> Result<String> {
        let output = self.attempt(line)?;
        if output.status == 0 {
            return Ok(output.text);
        }
        Err(Error::Command {
            host: self.side.to_string(),
            line: line.to_owned(),
            status: output.status,
            output: output.text,
        })
    }

    /// Notes what must be the same on the other side.
    pub fn note(&self, what: &str, text: impl Into<String>) {
        self.push(what, text.into(), false);
    }

    /// Notes an error message, which with ours may have more words before and behind.
    pub fn note_error(&self, what: &str, words: impl Into<String>) {
        self.push(what, words.into(), true);
    }

    fn push(&self, what: &str, text: String, more: bool) {
        let what = what.to_owned();
        self.notes.borrow_mut().push(Note { what, text, more });
    }

    /// Runs a command line and notes its output and status.
    pub fn same(&self, line: &str) -> Result<String> {
        let output = self.attempt(line)?;
        self.note(
            line,
            format!("{}exit status {}", output.text, output.status),
        );
        Ok(output.text)
    }

    /// Runs a command line until it prints what is expected, and notes that.
    pub fn same_when(&self, line: &str, expected: &str) -> Result<()> {
        let begun = Instant::now();
        let host = self.director()?;
        while begun.elapsed() < PATIENCE && host.shell(line)?.text != expected {
            thread::sleep(Duration::from_millis(200));
        }
        let text = self.same(line)?;
        self.expect(expected, &text, text == expected)
    }

    /// A verdict that ends the case where it is not as expected.
    pub fn expect(&self, expected: &str, saw: &str, as_expected: bool) -> Result<()> {
        if as_expected {
            return Ok(());
        }
        Err(Error::NotAsExpected {
            expected: format!("({}) {expected}", self.side),
            saw: saw.to_owned(),
        })
    }
}

/// Plays a case on both sides, and compares what they noted.
pub fn both(lans: &[Lan], work: impl Fn(&Bench) -> Result<()> + Sync) -> Result<()> {
    let reference = apart(Side::Reference, lans, &work)?;
    let ours = apart(Side::Ours, lans, &work)?;
    compare(&ours, &reference)
}

/// Plays a case on one side.
pub fn alone(side: Side, lans: &[Lan], work: impl Fn(&Bench) -> Result<()> + Sync) -> Result<()> {
    apart(side, lans, &work).map(drop)
}

/// Plays a side in a thread that ends with it, because that thread never leaves the side's namespaces.
fn apart<W>(side: Side, lans: &[Lan], work: &W) -> Result<Vec<Note>>
where
    W: Fn(&Bench) -> Result<()> + Sync,
{
    thread::scope(|scope| scope.spawn(|| play(side, lans, work)).join())
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// The calling thread stays on the side for good.
fn play(side: Side, lans: &[Lan], work: impl Fn(&Bench) -> Result<()>) -> Result<Vec<Note>> {
    let net = enter(side).and_then(|()| Net::new(lans))?;
    let bench = Bench {
        side,
        net,
        notes: RefCell::default(),
    };
    work(&bench)?;
    Ok(bench.notes.into_inner())
}

fn compare(ours: &[Note], reference: &[Note]) -> Result<()> {
    if let Some((ours, reference)) = ours
        .iter()
        .zip(reference)
        .find(|(ours, reference)| !ours.agrees(reference))
    {
        return Err(Error::NotAsExpected {
            expected: format!("{}\n{}\n", reference.what, reference.text),
            saw: format!("{}\n{}\n", ours.what, ours.text),
        });
    }
    let counts = (ours.len(), reference.len());
    if counts.0 == counts.1 && counts.0 > 0 {
        return Ok(());
    }
    Err(Error::NotAsExpected {
        expected: format!("{} things seen", counts.1),
        saw: counts.0.to_string(),
    })
}

/// Moves the calling thread, and what it will start, to a side's files.
fn enter(side: Side) -> Result<()> {
    unshare(CloneFlags::CLONE_NEWNS).context(|| "a mount namespace".to_owned())?;
    setup(OWN_FILES)?;
    match side {
        Side::Ours => Ok(()),
        Side::Reference => setup(REFERENCE),
    }
}

fn setup(script: &str) -> Result<()> {
    let output = Command::new("sh")
        .args(["-c", script])
        .output()
        .context(|| "sh".to_owned())?;
    if output.status.success() {
        return Ok(());
    }
    Err(Error::Command {
        host: "setup".to_owned(),
        line: script.to_owned(),
        status: output.status.code().unwrap_or(-1),
        output: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}
